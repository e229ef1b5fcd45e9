// A vault on Android's Keystore: each secret in a file of its own, sealed by a key that never leaves the Keystore. Must not know what
// the secrets are for.

package dev.membercore.app.host

import android.content.Context
import android.os.UserManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.util.AtomicFile
import androidx.core.content.getSystemService
import dev.membercore.Secrets
import dev.membercore.SecretsUnavailableException
import java.io.File
import java.io.FileNotFoundException
import java.io.IOException
import java.nio.channels.FileChannel
import java.nio.file.StandardOpenOption
import java.security.GeneralSecurityException
import java.security.Key
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.spec.GCMParameterSpec

/**
 * Secrets in [folder], which must be left out of backups.
 *
 * The key is AES-256-GCM in the Keystore of this device. It asks for no authentication, so that a refresh in the background can read
 * it; the files are on storage that is encrypted until the first unlock after a start. Whatever keeps a secret that is there from
 * being read is [SecretsUnavailableException]; null is answered only where there is no file.
 *
 * @param isUnlocked whether the device was unlocked since it was started: before that no file can be seen, whether it is there or not.
 */
class KeystoreSecrets(private val folder: File, private val isUnlocked: () -> Boolean) : Secrets {
    constructor(context: Context) : this(
        context.noBackupFilesDir.resolve("secrets"),
        { checkNotNull(context.getSystemService<UserManager>()).isUserUnlocked },
    )

    override fun read(name: String): ByteArray? =
        available {
            val file = file(name)
            val sealed =
                try {
                    AtomicFile(file).readFully()
                } catch (missing: FileNotFoundException) {
                    // A file that is there and cannot be read is reported like this too.
                    if (file.exists()) throw missing else return null
                }
            unseal(name, sealed)
        }

    override fun write(name: String, secret: ByteArray) {
        available {
            val sealed = seal(name, secret)
            if (!folder.isDirectory && !folder.mkdirs() && !folder.isDirectory) throw IOException("the folder cannot be made")
            val file = AtomicFile(file(name))
            val stream = file.startWrite()
            try {
                stream.write(sealed)
                file.finishWrite(stream)
            } catch (error: IOException) {
                file.failWrite(stream)
                throw error
            }
            syncFolder()
            // AtomicFile only logs it when the new file does not take the place of the old one.
            if (!file.readFully().contentEquals(sealed)) throw IOException("what was written is not what is there")
        }
    }

    override fun delete(name: String) {
        available {
            val file = file(name)
            AtomicFile(file).delete()
            if (file.exists()) throw IOException("the file cannot be deleted")
        }
    }

    private fun seal(name: String, secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(TRANSFORMATION)
        // The Keystore chooses the nonce itself, and takes none from us.
        cipher.init(Cipher.ENCRYPT_MODE, key() ?: newKey())
        cipher.updateAAD(name.toByteArray())
        check(cipher.iv.size == NONCE_BYTES)
        return byteArrayOf(FORMAT) + cipher.iv + cipher.doFinal(secret)
    }

    private fun unseal(name: String, sealed: ByteArray): ByteArray {
        if (sealed.size <= 1 + NONCE_BYTES || sealed[0] != FORMAT) throw IOException("not a sealed secret")
        // A file without its key is no secret that was never there: the wallet would be started anew.
        val key = key() ?: throw GeneralSecurityException("the key is gone from the Keystore")
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, key, GCMParameterSpec(TAG_BITS, sealed, 1, NONCE_BYTES))
        cipher.updateAAD(name.toByteArray())
        return cipher.doFinal(sealed, 1 + NONCE_BYTES, sealed.size - 1 - NONCE_BYTES)
    }

    private fun key(): Key? = KeyStore.getInstance(KEYSTORE).apply { load(null) }.getKey(ALIAS, null)

    private fun newKey(): Key {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec =
            KeyGenParameterSpec.Builder(ALIAS, purposes)
                .setKeySize(256)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(spec) }.generateKey()
    }

    private fun file(name: String): File {
        val plain = name.isNotEmpty() && name.all { it in 'a'..'z' || it in 'A'..'Z' || it in '0'..'9' || it == '-' }
        if (!plain) throw IOException("a secret's name has letters, digits and hyphens only")
        return File(folder, name)
    }

    /** A new name in a folder is durable when the folder is. Where a folder cannot be synced, the file system sees to it. */
    private fun syncFolder() {
        try {
            FileChannel.open(folder.toPath(), StandardOpenOption.READ).use { it.force(true) }
        } catch (_: IOException) {
            return
        }
    }

    /** Only the kind of what went wrong is told: a message may hold anything. */
    private inline fun <T> available(call: () -> T): T {
        if (!isUnlocked()) throw SecretsUnavailableException("the device was not unlocked yet")
        try {
            return synchronized(LOCK) { call() }
        } catch (error: IOException) {
            throw SecretsUnavailableException(error.javaClass.name, error)
        } catch (error: GeneralSecurityException) {
            // A key that was invalidated for good is one of these.
            throw SecretsUnavailableException(error.javaClass.name, error)
        } catch (error: ProviderException) {
            throw SecretsUnavailableException(error.javaClass.name, error)
        }
    }

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val ALIAS = "dev.membercore.secrets"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val FORMAT: Byte = 1
        const val NONCE_BYTES = 12
        const val TAG_BITS = 128

        /** One writer at a time, also over several vaults of one folder. */
        val LOCK = Any()
    }
}
