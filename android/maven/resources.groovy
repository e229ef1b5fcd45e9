// What Maven does not do for Android itself: AARs, manifests, resources. Must not know what the app does.
//
// Runs once, in generate-sources:
//  1. each AAR becomes its classes.jar on the class path, in the scope that pom.xml gives it;
//  2. manifests are merged by Google's merger, resources compiled and linked by aapt2, R classes written for the app and each library;
//  3. com/android/tools/test_config.properties tells Robolectric where the results are.
import java.util.zip.ZipFile

def out = new File(project.build.directory, 'android')
def aars = project.artifacts.findAll { it.type == 'aar' }
def framework = project.artifacts.find { it.artifactId == 'android-all' }.file
def properties = project.properties
def name = properties['android.package'], minSdk = properties['android.minSdk'], sdk = properties['android.sdk']

def run = { List command ->
    def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).start()
    def said = process.inputStream.text
    if (process.waitFor() != 0) throw new RuntimeException("${command[0]} ${command[1]} failed:\n$said")
    if (said.trim()) log.debug(said)
}
def unzip = { File zip, File folder ->
    new ZipFile(zip).withCloseable { opened ->
        opened.entries().findAll { !it.directory }.each { entry ->
            def file = new File(folder, entry.name)
            file.parentFile.mkdirs()
            file.bytes = opened.getInputStream(entry).bytes
        }
    }
}
def newest = { File folder ->
    def time = folder.file ? folder.lastModified() : 0L
    if (folder.directory) folder.eachFileRecurse { time = Math.max(time, it.lastModified()) }
    time
}

// 1. AARs
def folderOf = [:]
aars.each { aar ->
    def folder = new File(out, "aar/${aar.groupId}-${aar.artifactId}-${aar.version}"), done = new File(folder, '.done')
    if (!done.exists()) {
        unzip(aar.file, folder)
        done.text = ''
    }
    if (new File(folder, 'libs').list()?.any { it.endsWith('.jar') }) throw new RuntimeException("$aar carries libs/*.jar, which are not on the class path")
    folderOf[aar] = folder
    // Some are metadata only.
    def classes = new File(folder, 'classes.jar')
    if (classes.exists()) {
        aar.file = classes
        aar.artifactHandler.addedToClasspath = true
    }
}

// 2. Manifests and resources. Google's own aapt2 is not to be had everywhere; Apktool's library carries one.
def system = System.getProperty('os.name').toLowerCase().contains('mac') ? 'macosx' : 'linux'
def aapt2 = new File(out, "tools/prebuilt/$system/aapt2")
if (!aapt2.exists()) {
    unzip(pluginArtifacts.find { it.artifactId == 'apktool-lib' }.file, new File(out, 'tools'))
    aapt2.executable = true
}
def compiled = { File resources, String called ->
    def flat = new File(out, "flat/${called}.zip")
    if (!flat.exists() || flat.lastModified() < newest(resources)) {
        flat.parentFile.mkdirs()
        run([aapt2, 'compile', '--dir', resources, '-o', flat])
    }
    flat
}
def packageOf = { File manifest ->
    javax.xml.parsers.DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(manifest).documentElement.getAttribute('package')
}
def hasResources = { File folder -> new File(folder, 'R.txt').with { exists() && length() > 0 } }
// Gradle takes the package from its own configuration and refuses one in the manifest, so it is put in here.
def ownManifest = new File(out, 'AndroidManifest.xml')
ownManifest.parentFile.mkdirs()
ownManifest.text = new File(project.basedir, 'src/main/AndroidManifest.xml').text.replaceFirst('<manifest ', "<manifest package=\"$name\" ")

def link = { String called, list, withR, String packageOfR, List more ->
    def folder = new File(out, called), manifest = new File(folder, 'AndroidManifest.xml'), generated = new File(folder, 'r')
    generated.deleteDir()
    generated.mkdirs()
    def merge = ['--main', ownManifest.path, '--out', manifest.path, '--log', 'WARNING',
                 '--libs', list.collect { new File(folderOf[it], 'AndroidManifest.xml').path }.join(':'),
                 '--placeholder', "server=${properties['android.server']}".toString(),
                 '--property', "PACKAGE=$name".toString(),
                 '--property', "MIN_SDK_VERSION=$minSdk".toString(),
                 '--property', "TARGET_SDK_VERSION=$sdk".toString()]
    if (new com.android.manifmerger.Merger().process(merge as String[]) != 0) throw new RuntimeException('the manifests cannot be merged')
    def packages = withR.findAll { hasResources(folderOf[it]) }.collect { packageOf(new File(folderOf[it], 'AndroidManifest.xml')) }.unique()
    def flats = list.findAll { new File(folderOf[it], 'res').list() }.collect { compiled(new File(folderOf[it], 'res'), folderOf[it].name) }
    flats << compiled(new File(project.basedir, 'src/main/res'), 'app')
    run([aapt2, 'link', '-o', new File(folder, 'resources.ap_'), '-I', framework, '--manifest', manifest, '--java', generated,
         '--custom-package', packageOfR, '--non-final-ids', '--auto-add-overlay', '--min-sdk-version', minSdk, '--target-sdk-version', sdk,
         '--version-code', 1, '--version-name', project.version,
         *(packages ? ['--extra-packages', packages.join(':')] : []), *more, *flats.collectMany { ['-R', it] }])
    def assets = new File(folder, 'assets')
    assets.mkdirs()
    list.collect { new File(folderOf[it], 'assets') }.findAll { it.directory }.each { from ->
        from.eachFileRecurse(groovy.io.FileType.FILES) { file ->
            def to = new File(assets, from.toPath().relativize(file.toPath()).toString())
            to.parentFile.mkdirs()
            to.bytes = file.bytes
        }
    }
}
def ofApp = aars.findAll { it.scope != 'test' }, ids = new File(out, 'ids.txt'), stamp = new File(out, 'stamp')
def inputs = aars.collect { folderOf[it].name }.sort().join('\n')
def sources = ['src/main/res', 'src/main/AndroidManifest.xml', 'pom.xml', '../maven'].collect { newest(new File(project.basedir, it)) }
def fresh = stamp.exists() && stamp.text == inputs && stamp.lastModified() >= sources.max()
if (!fresh) {
    link('main', ofApp, ofApp, name, ['--emit-ids', ids])
    link('test', aars, aars - ofApp, name + '.test', ['--stable-ids', ids])
    // 3. Robolectric
    def config = new File(out, 'test/config/com/android/tools/test_config.properties')
    config.parentFile.mkdirs()
    config.text = "android_custom_package=$name\nandroid_merged_manifest=$out/test/AndroidManifest.xml\n" +
        "android_merged_assets=$out/test/assets\nandroid_resource_apk=$out/test/resources.ap_\n"
    stamp.text = inputs
}
// What goes into the APK beside the app's own classes; `cargo xtask apk` reads it.
def onDevice = project.artifacts.findAll { it.scope in ['compile', 'runtime'] && it.artifactHandler.addedToClasspath }*.file
new File(out, 'runtime-classpath.txt').text = onDevice.join('\n') + '\n'
new File(out, 'framework.txt').text = framework.path
project.addCompileSourceRoot(new File(out, 'main/r').path)
project.addTestCompileSourceRoot(new File(out, 'test/r').path)
log.info("Android: ${aars.size()} AARs, ${ofApp.size()} of them in the app; resources ${fresh ? 'are up to date' : 'linked'}")
