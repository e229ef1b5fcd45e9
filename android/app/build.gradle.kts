// The Android app for Gradle: the same sources, resources and tests as pom.xml beside it. Not run where the project is tested.
//
// First `cargo xtask bindings`, which writes the generated Kotlin, and `cargo xtask package`, which builds the core for devices where an
// NDK is. The tests take -Pmember.library.folder and -Pmember.binary, as `cargo xtask test android` hands them to Maven.

plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.compose)
}

/** The Kotlin library: its own sources and the generated ones. One source of truth, compiled into the app. */
val library = rootProject.file("../bindings/kotlin")

android {
    namespace = "dev.membercore.app"
    compileSdk = 37

    defaultConfig {
        applicationId = "dev.membercore.app"
        minSdk = 26
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
        // A retailer's build sets its own: -Pmember.server=https://loyalty.example. Cleartext goes to the device itself only, so a backend
        // on the developer's machine is reached through `adb reverse tcp:8787 tcp:8787`.
        manifestPlaceholders["server"] = providers.gradleProperty("member.server").getOrElse("http://127.0.0.1:8787")
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86", "x86_64") }
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            // What the library needs stands with the library.
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "$library/aar/proguard.txt", "proguard-rules.pro")
        }
    }

    buildFeatures { compose = true }

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }

    sourceSets.getByName("main") {
        kotlin.directories += listOf("$library/src/main/kotlin", "$library/target/generated")
        // The core, stripped, for each kind of device.
        jniLibs.directories += rootProject.file("../target/package-work/jni").path
    }

    packaging { resources.excludes += setOf("META-INF/AL2.0", "META-INF/LGPL2.1") }

    testOptions {
        unitTests {
            isIncludeAndroidResources = true
            all { test ->
                val values =
                    mapOf(
                        "jna.library.path" to providers.gradleProperty("member.library.folder").getOrElse(""),
                        "member.binary" to providers.gradleProperty("member.binary").getOrElse(""),
                        "screenshots.record" to providers.gradleProperty("screenshots.record").getOrElse("false"),
                        "screenshots.folder" to file("src/test/screenshots").path,
                        "screenshots.out" to layout.buildDirectory.dir("screenshots").get().asFile.path,
                    )
                values.forEach { (name, value) -> test.systemProperty(name, value) }
                test.maxHeapSize = "2g"
            }
        }
    }
}

dependencies {
    implementation(libs.activity.compose)
    implementation(libs.compose.ui)
    implementation(libs.compose.ui.tooling.preview)
    implementation(libs.compose.foundation)
    implementation(libs.compose.material3)
    implementation(libs.core.ktx)
    implementation(libs.lifecycle.runtime.compose)
    implementation(libs.lifecycle.viewmodel.compose)
    implementation(libs.lifecycle.process)
    implementation(libs.work.runtime)
    implementation(libs.coroutines.android)
    // The AAR brings the libraries of the devices, the jar those of the computer on which the tests run.
    implementation(libs.jna) { artifact { type = "aar" } }
    debugImplementation(libs.compose.ui.tooling)
    debugImplementation(libs.compose.ui.test.manifest)

    testImplementation(libs.jna)
    testImplementation(libs.junit)
    testImplementation(libs.robolectric)
    testImplementation(libs.compose.ui.test.junit4)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.test.core)
    testImplementation(libs.test.ext.junit)
    testImplementation(libs.work.testing)
    testImplementation(libs.zxing)
}
