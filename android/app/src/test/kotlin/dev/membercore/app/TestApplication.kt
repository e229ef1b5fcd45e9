// The app in tests: the real one, with a backend of its own and without a Keystore of the device. Must not know what a test is about.

package dev.membercore.app

import android.util.Log
import androidx.work.Configuration
import androidx.work.testing.SynchronousExecutor
import androidx.work.testing.WorkManagerTestInitHelper
import dev.membercore.app.host.FakeAndroidKeyStore
import java.nio.file.Files
import kotlinx.coroutines.runBlocking

class TestApplication : MemberApplication() {
    lateinit var sandbox: Sandbox
        private set

    override val server: String
        get() = sandbox.url

    override fun onCreate() {
        FakeAndroidKeyStore.install()
        sandbox = Sandbox(Files.createTempDirectory("sandbox").toFile())
        val work = Configuration.Builder().setMinimumLoggingLevel(Log.WARN).setExecutor(SynchronousExecutor()).build()
        WorkManagerTestInitHelper.initializeTestWorkManager(this, work)
        super.onCreate()
    }

    /** Robolectric calls it after each test. */
    override fun onTerminate() {
        runBlocking { walletHost.close() }
        sandbox.close()
        super.onTerminate()
    }
}
