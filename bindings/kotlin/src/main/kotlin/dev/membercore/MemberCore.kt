// The native library: whether it is there and of this version, and where its log goes. Must not know of wallets.

package dev.membercore

import dev.membercore.ffi.HostFault
import dev.membercore.ffi.coreVersion
import dev.membercore.ffi.uniffiEnsureInitialized
import dev.membercore.ffi.LogSink as FfiLogSink

/** The native library that everything here stands on. */
public object MemberCore {
    /** The version of this library. The native library has the same. */
    public const val VERSION: String = "0.1.0"

    private val fault: LibraryException? by lazy { load() }

    /**
     * Loads the native library, if that was not done before. [MemberWallet.open] does it too; a host may want to know sooner.
     *
     * @throws LibraryException if it is not there or not of this version. The sentence is for developers.
     */
    public fun ensureLoaded() {
        // A class that failed to load never says again why, so the reason is kept here.
        fault?.let { throw LibraryException(it.message.orEmpty(), it) }
    }

    /**
     * From now on the core's log lines of at least [level] go to [sink], or nowhere. Lines name no person, no code, no number
     * and no token. What the sink throws is dropped.
     */
    public fun setLog(level: LogLevel, sink: LogSink?) {
        ensureLoaded()
        dev.membercore.ffi.setLogSink(sink?.let(::GuardedSink), level)
    }

    /** The words of the screens in the nearest language to [language] (BCP 47); English where there is none. */
    public fun labels(language: String): Labels {
        ensureLoaded()
        return dev.membercore.ffi.labels(language)
    }

    private fun load(): LibraryException? =
        try {
            uniffiEnsureInitialized()
            versionFault(coreVersion())
        } catch (error: UnsatisfiedLinkError) {
            notThere(error)
        } catch (error: ExceptionInInitializerError) {
            // UniFFI's own check of its contract and of what is exported.
            otherVersion(error.cause ?: error)
        }

    private fun notThere(error: UnsatisfiedLinkError): LibraryException {
        // JNA says so when it found no such file; anything else was found and lacks something.
        if (error.message.orEmpty().startsWith("Error looking up function")) return otherVersion(error)
        return LibraryException(
            "The native library member_ffi was not found. Put it on the class path as JNA expects it, " +
                "or name its folder in the system property jna.library.path.",
            error,
        )
    }

    private fun otherVersion(cause: Throwable): LibraryException =
        LibraryException(
            "The native library member_ffi is not that of member-core $VERSION. Take both from the same release.",
            cause,
        )

    internal fun versionFault(found: String): LibraryException? =
        if (found == VERSION) {
            null
        } else {
            LibraryException("The native library member_ffi is of version $found and this is member-core $VERSION. Take both from the same release.")
        }
}

/** The native library is not there, or not of this library's version. The sentence is for developers. */
public class LibraryException internal constructor(message: String, cause: Throwable? = null) : IllegalStateException(message, cause)

/** A host's log. */
public fun interface LogSink {
    /** One line, on the thread on which it happened. */
    public fun log(level: LogLevel, target: String, message: String)
}

private class GuardedSink(private val sink: LogSink) : FfiLogSink {
    override fun log(level: LogLevel, target: String, message: String) {
        guarded { sink.log(level, target, message) }
    }
}

/** What a host throws must neither cross the border nor say more than its kind: a message may hold anything. */
internal inline fun <T> guarded(call: () -> T): T =
    try {
        call()
    } catch (fault: HostFault) {
        throw fault
    } catch (fault: SecretsUnavailableException) {
        throw HostFault.Unavailable(fault.message.orEmpty())
    } catch (fault: Throwable) {
        throw HostFault.Unavailable(fault.javaClass.name)
    }
