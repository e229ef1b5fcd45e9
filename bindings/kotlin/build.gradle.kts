// For those who build with Gradle: the same sources, versions and tests as pom.xml, which is what `cargo xtask test kotlin` builds.
// This file was not run: there is no Gradle where the project is tested. A test holds its versions to those of pom.xml.
//
// First `cargo xtask bindings`, which writes target/generated. The tests take -Pmember.library.folder and -Pmember.binary.

plugins {
    kotlin("jvm") version "2.4.21"
    `java-library`
    `maven-publish`
}

group = "dev.membercore"
version = "0.1.0"

repositories { mavenCentral() }

kotlin {
    jvmToolchain(17)
    // What is generated is exempt, so these are warnings that count as errors.
    explicitApiWarning()
    compilerOptions { allWarningsAsErrors = true }
    sourceSets.main { kotlin.srcDir("target/generated") }
}

// As pom.xml: the library as JNA expects it in a jar, where a release hands it in.
providers.gradleProperty("member.natives").orNull?.let { natives -> sourceSets.main { resources.srcDir(natives) } }

java { withSourcesJar() }

// The sources are Kotlin's alone.
tasks.named<Jar>("sourcesJar") { exclude("**/*.so", "**/*.dylib") }

// Public repositories ask for such a jar; as in pom.xml it says where the documentation is.
val javadocJar by tasks.registering(Jar::class) {
    archiveClassifier = "javadoc"
    from("src/main/javadoc")
}

// The same sources give the same bytes.
tasks.withType<AbstractArchiveTask>().configureEach {
    isPreserveFileTimestamps = false
    isReproducibleFileOrder = true
}

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-core-jvm:1.11.0")
    // On Android take the AAR of the same version in its place: it brings the libraries of the devices.
    implementation("net.java.dev.jna:jna:5.19.1")

    testImplementation(kotlin("test-junit5"))
    testImplementation("org.junit.jupiter:junit-jupiter:5.13.4")
    testImplementation("com.google.zxing:core:3.5.3")
    testImplementation("org.jetbrains.kotlinx:kotlinx-serialization-json-jvm:1.12.0")
}

tasks.test {
    useJUnitPlatform()
    jvmArgs("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch")
    systemProperty("jna.library.path", providers.gradleProperty("member.library.folder").getOrElse(""))
    systemProperty("member.binary", providers.gradleProperty("member.binary").getOrElse(""))
}

publishing {
    publications.create<MavenPublication>("library") {
        from(components["java"])
        artifact(javadocJar)
        pom {
            name = "member-core for Kotlin"
            description = "The member's wallet for Kotlin: card, points, tiers, rewards, vouchers and the offline queue."
            licenses {
                license { name = "MIT" }
                license { name = "Apache-2.0" }
            }
        }
    }
}
