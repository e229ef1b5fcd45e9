// The one activity: a window for the screens. Must not know what they show.

package dev.membercore.app

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import dev.membercore.app.ui.MemberNavHost
import dev.membercore.app.ui.MemberTheme

class MainActivity : ComponentActivity() {
    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        val application = application as MemberApplication
        setContent {
            MemberTheme { MemberNavHost(application.walletHost, application.screenshotSetting) }
        }
    }
}
