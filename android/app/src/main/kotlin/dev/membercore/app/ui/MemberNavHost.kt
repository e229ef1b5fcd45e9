// Which screen is on top, and the way back. Must not know what a screen shows.

package dev.membercore.app.ui

import androidx.activity.compose.BackHandler
import androidx.compose.animation.AnimatedContent
import androidx.compose.animation.fadeIn
import androidx.compose.animation.fadeOut
import androidx.compose.animation.togetherWith
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.Saver
import androidx.compose.runtime.saveable.listSaver
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.saveable.rememberSaveableStateHolder
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.viewmodel.compose.viewModel
import dev.membercore.app.card.CardRoute
import dev.membercore.app.card.CardViewModel
import dev.membercore.app.host.ScreenshotSetting
import dev.membercore.app.host.WalletHost
import dev.membercore.app.settings.SettingsActions
import dev.membercore.app.settings.SettingsScreen
import dev.membercore.app.settings.SettingsViewModel

/** The screens of the app. Another one is another name here and another branch in [MemberNavHost]. */
enum class Route { CARD, SETTINGS }

/** The screens above one another; the first is never left by going back. */
class BackStack(routes: List<Route> = listOf(Route.CARD)) {
    private val routes = mutableStateListOf<Route>().apply { addAll(routes) }

    val top: Route
        get() = routes.last()

    val canGoBack: Boolean
        get() = routes.size > 1

    /** Brings [route] on top; once only, however often it is tapped. */
    fun goTo(route: Route) {
        if (top != route) routes += route
    }

    fun goBack() {
        if (canGoBack) routes.removeAt(routes.lastIndex)
    }

    companion object {
        val Saver: Saver<BackStack, *> =
            listSaver(save = { stack -> stack.routes.map { it.name } }, restore = { names -> BackStack(names.map(Route::valueOf)) })
    }
}

@Composable
fun MemberNavHost(walletHost: WalletHost, screenshots: ScreenshotSetting) {
    val stack = rememberSaveable(saver = BackStack.Saver) { BackStack() }
    // What a screen remembers outlives its being covered by another.
    val screens = rememberSaveableStateHolder()
    val model = viewModel { CardViewModel(walletHost) }
    val allowed by screenshots.allowed.collectAsStateWithLifecycle()
    BackHandler(enabled = stack.canGoBack) { stack.goBack() }
    AnimatedContent(stack.top, transitionSpec = { fadeIn() togetherWith fadeOut() }, label = "screen") { route ->
        screens.SaveableStateProvider(route.name) {
            when (route) {
                Route.CARD ->
                    CardRoute(model, screenshotsAllowed = allowed, settingsTapped = { stack.goTo(Route.SETTINGS) })
                Route.SETTINGS -> {
                    val labels = remember { walletHost.state.value.labels }
                    val settings = viewModel { SettingsViewModel(walletHost) }
                    val state by settings.state.collectAsStateWithLifecycle()
                    val actions = remember(settings) { SettingsActions(settings::spendLockSwitched, screenshots::allow, stack::goBack) }
                    SettingsScreen(labels, state, allowed, actions)
                }
            }
        }
    }
}
