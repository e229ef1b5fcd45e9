// A Keystore as Android has it, in memory: Robolectric has none. Must not know what is kept in it.

package dev.membercore.app.host

import android.security.keystore.KeyGenParameterSpec
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyStoreSpi
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.KeyGenerator
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey

/** The provider `AndroidKeyStore` with AES keys. It can be told to fail as the real one does. */
object FakeAndroidKeyStore {
    val keys: MutableMap<String, Key> = Collections.synchronizedMap(mutableMapOf())

    /** How the last key was asked for. */
    var asked: KeyGenParameterSpec? = null

    /** Thrown by everything that is asked of it. */
    @Volatile
    var fault: Exception? = null

    /** A fresh one, in the place of the last. */
    fun install() {
        keys.clear()
        asked = null
        fault = null
        Security.removeProvider(NAME)
        Security.addProvider(FakeProvider())
    }

    private const val NAME = "AndroidKeyStore"

    private class FakeProvider : Provider(NAME, "1.0", "a Keystore in memory") {
        init {
            put("KeyStore.$NAME", Store::class.java.name)
            put("KeyGenerator.AES", Generator::class.java.name)
        }
    }

    private fun <T> unlessBroken(answer: () -> T): T = fault?.let { throw it } ?: answer()

    class Generator : KeyGeneratorSpi() {
        private lateinit var spec: KeyGenParameterSpec

        override fun engineInit(parameters: AlgorithmParameterSpec, random: SecureRandom?) {
            spec = parameters as KeyGenParameterSpec
        }

        override fun engineInit(random: SecureRandom?) = throw UnsupportedOperationException()

        override fun engineInit(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

        override fun engineGenerateKey(): SecretKey =
            unlessBroken {
                // Any other provider makes the key itself.
                val other = Security.getProviders("KeyGenerator.AES").first { it.name != NAME }
                val key = KeyGenerator.getInstance("AES", other).apply { init(spec.keySize) }.generateKey()
                asked = spec
                keys[spec.keystoreAlias] = key
                key
            }
    }

    class Store : KeyStoreSpi() {
        override fun engineLoad(stream: InputStream?, password: CharArray?) = unlessBroken {}

        override fun engineGetKey(alias: String, password: CharArray?): Key? = unlessBroken { keys[alias] }

        override fun engineContainsAlias(alias: String): Boolean = alias in keys

        override fun engineIsKeyEntry(alias: String): Boolean = alias in keys

        override fun engineSize(): Int = keys.size

        override fun engineAliases(): Enumeration<String> = Collections.enumeration(keys.keys)

        override fun engineDeleteEntry(alias: String) {
            keys.remove(alias)
        }

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCreationDate(alias: String): Date? = null

        override fun engineIsCertificateEntry(alias: String): Boolean = false

        override fun engineGetCertificateAlias(certificate: Certificate): String? = null

        override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit

        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = throw UnsupportedOperationException()

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = throw UnsupportedOperationException()

        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = throw UnsupportedOperationException()
    }
}
