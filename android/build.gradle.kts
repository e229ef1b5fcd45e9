// Plugins of all modules, with their versions from gradle/libs.versions.toml. Kotlin itself is built into the Android plugin; the Compose
// plugin brings it in our version.

plugins {
    alias(libs.plugins.android.application) apply false
    alias(libs.plugins.kotlin.compose) apply false
}
