// The process: opens the wallet once, and tells it what happens to the device. Must not know of screens.

package dev.membercore.app

import android.app.Application
import android.content.pm.PackageManager
import android.content.res.Configuration
import android.os.Build
import android.util.Log
import androidx.lifecycle.DefaultLifecycleObserver
import androidx.lifecycle.LifecycleOwner
import androidx.lifecycle.ProcessLifecycleOwner
import dev.membercore.HostEvent
import dev.membercore.LogLevel
import dev.membercore.MemberCore
import dev.membercore.MemberWallet
import dev.membercore.Secrets
import dev.membercore.WalletConfig
import dev.membercore.app.host.ClockChanges
import dev.membercore.app.host.KeystoreSecrets
import dev.membercore.app.host.NetworkConnectivity
import dev.membercore.app.host.RefreshWorker
import dev.membercore.app.host.ScreenshotSetting
import dev.membercore.app.host.WalletHost
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.plus

/** What lives as long as the process does. */
open class MemberApplication : Application(), androidx.work.Configuration.Provider {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val connectivity by lazy { NetworkConnectivity(this) { hostEvent(HostEvent.NETWORK_AVAILABLE) } }

    /** The wallet of this process. */
    val walletHost: WalletHost by lazy { WalletHost(scope, ::language, ::openWallet) }

    /** Whether the member lets pictures of the screen be taken. */
    val screenshotSetting: ScreenshotSetting by lazy { ScreenshotSetting(this) }

    /** The address of the programme. */
    protected open val server: String
        get() = metaData("dev.membercore.server")

    override fun onCreate() {
        super.onCreate()
        walletHost.open()
        ProcessLifecycleOwner.get().lifecycle.addObserver(
            object : DefaultLifecycleObserver {
                override fun onStart(owner: LifecycleOwner) = hostEvent(HostEvent.FOREGROUND)

                override fun onStop(owner: LifecycleOwner) = hostEvent(HostEvent.BACKGROUND)
            },
        )
        ClockChanges(this) { hostEvent(HostEvent.CLOCK_CHANGED) }
        RefreshWorker.schedule(this)
    }

    override fun onConfigurationChanged(newConfig: Configuration) {
        super.onConfigurationChanged(newConfig)
        walletHost.languageMayHaveChanged()
    }

    override val workManagerConfiguration: androidx.work.Configuration
        get() = androidx.work.Configuration.Builder().setMinimumLoggingLevel(Log.WARN).build()

    /** The vault in which the wallet keeps the key of its database. */
    protected open fun secrets(): Secrets = KeystoreSecrets(this)

    private suspend fun openWallet(language: String): MemberWallet {
        MemberCore.setLog(LogLevel.WARN) { level, target, message ->
            Log.println(if (level == LogLevel.ERROR) Log.ERROR else Log.WARN, "member", "$target: $message")
        }
        val config = WalletConfig(home = noBackupFilesDir.resolve("wallet").path, server = server, language = language)
        return MemberWallet.open(config, secrets(), connectivity)
    }

    private fun language(): String = resources.configuration.locales[0].toLanguageTag()

    private fun hostEvent(event: HostEvent) {
        walletHost.openWallet?.hostEvent(event)
    }

    private fun metaData(name: String): String {
        val info =
            if (Build.VERSION.SDK_INT >= 33) {
                packageManager.getApplicationInfo(packageName, PackageManager.ApplicationInfoFlags.of(PackageManager.GET_META_DATA.toLong()))
            } else {
                @Suppress("DEPRECATION")
                packageManager.getApplicationInfo(packageName, PackageManager.GET_META_DATA)
            }
        return checkNotNull(info.metaData?.getString(name)) { "the manifest has no $name" }
    }
}
