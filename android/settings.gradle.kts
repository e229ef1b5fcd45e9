// The Android project for Gradle. This build was not run: there is neither Gradle nor an Android SDK where the project is tested. The
// same sources are compiled, tested and packaged by Maven (app/pom.xml), and a test holds the versions equal.

pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "member-core-android"
include(":app")
