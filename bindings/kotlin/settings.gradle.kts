rootProject.name = "member-core-jvm"
