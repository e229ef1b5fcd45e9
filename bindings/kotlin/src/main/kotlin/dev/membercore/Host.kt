// What the host gives: a vault and its word on the network. Must not know what is kept in the vault or sent over the network.

package dev.membercore

import dev.membercore.ffi.HostConnectivity
import dev.membercore.ffi.HostSecrets
import dev.membercore.ffi.fileSecrets
import java.io.File

/**
 * The host's vault: Android's Keystore, or files that only their owner reads. It holds keys of databases, and tokens of sessions
 * that ended here and whose end the server has not heard of yet.
 *
 * Called on the core's own threads and while a wallet is opened; answers within milliseconds.
 */
public interface Secrets {
    /**
     * The secret of this name; null where there is none.
     *
     * @throws SecretsUnavailableException if the vault cannot say now, as on a locked phone. Never answer null instead: the
     *   wallet would start anew.
     */
    public fun read(name: String): ByteArray?

    /** Stores a secret durably before it returns. */
    public fun write(name: String, secret: ByteArray)

    /** Deletes a secret; one that is not there is no fault. */
    public fun delete(name: String)
}

/** The vault cannot say now. [message] goes to the log; nothing secret in it. Anything else that a vault throws counts as this. */
public class SecretsUnavailableException(message: String, cause: Throwable? = null) : Exception(message, cause)

/** A vault of files for hosts without a Keystore: a folder of mode 0700 with files of mode 0600. */
public class FileSecrets(folder: File) : Secrets {
    internal val files: HostSecrets = run {
        MemberCore.ensureLoaded()
        fileSecrets(folder.path)
    }

    override fun read(name: String): ByteArray? = unguarded { files.read(name) }

    override fun write(name: String, secret: ByteArray): Unit = unguarded { files.write(name, secret) }

    override fun delete(name: String): Unit = unguarded { files.delete(name) }

    private inline fun <T> unguarded(call: () -> T): T =
        try {
            call()
        } catch (fault: dev.membercore.ffi.HostFault.Unavailable) {
            throw SecretsUnavailableException(fault.reason, fault)
        }
}

/** What the host knows of the network. A hint: only an answer proves that there is one. */
public fun interface Connectivity {
    /** Whether trying makes sense. Called often, on the core's own threads; answers at once. One that throws is taken as true. */
    public fun isOnline(): Boolean
}

internal fun Secrets.toHost(): HostSecrets = if (this is FileSecrets) files else GuardedSecrets(this)

private class GuardedSecrets(private val secrets: Secrets) : HostSecrets {
    override fun read(name: String): ByteArray? = guarded { secrets.read(name) }

    override fun write(name: String, secret: ByteArray): Unit = guarded { secrets.write(name, secret) }

    override fun delete(name: String): Unit = guarded { secrets.delete(name) }
}

internal class GuardedConnectivity(private val connectivity: Connectivity) : HostConnectivity {
    override fun isOnline(): Boolean = guarded { connectivity.isOnline() }
}
