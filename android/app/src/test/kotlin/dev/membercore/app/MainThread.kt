// A main thread for tests of models: a thread of its own in the place of the looper's. Must not know which model runs on it.

package dev.membercore.app

import androidx.lifecycle.ViewModel
import androidx.lifecycle.viewModelScope
import java.util.concurrent.Executors
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.job
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.resetMain
import kotlinx.coroutines.test.setMain

@OptIn(ExperimentalCoroutinesApi::class)
class MainThread : AutoCloseable {
    private val thread = Executors.newSingleThreadExecutor().asCoroutineDispatcher()
    private val models = mutableListOf<ViewModel>()

    fun start() = Dispatchers.setMain(thread)

    /** A model that ends with the thread, as an activity's does with the activity. */
    fun <M : ViewModel> owns(model: M): M = model.also { models += it }

    /** The models first: whoever still runs on a main thread that is taken away makes that fail. */
    override fun close() {
        runBlocking { models.forEach { it.viewModelScope.coroutineContext.job.cancelAndJoin() } }
        Dispatchers.resetMain()
        thread.close()
    }
}
