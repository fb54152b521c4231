using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Registry.Transparency;

/// <summary>SHA-256 of the short texts that trees are hashed from. The framework asks OpenSSL in a way that takes 0.45 µs around each,
/// more than hashing a node does: a post makes twenty, a proof dozens. So OpenSSL's own three functions are called where they are;
/// elsewhere, and for what is long, the framework's.</summary>
internal static unsafe class Sha256
{
    private const string Library = "libcrypto.so.3";
    /// <summary>Of SHA256_CTX, 112, and more.</summary>
    private const int ContextBytes = 128;
    /// <summary>While it is hashed the collector waits, so it takes about a microsecond at most.</summary>
    private const int MostBytes = 512;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, int> init;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int> update;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int> final;

    static Sha256()
    {
        if (!NativeLibrary.TryLoad(Library, out var library)
            || !NativeLibrary.TryGetExport(library, "SHA256_Init", out var first)
            || !NativeLibrary.TryGetExport(library, "SHA256_Update", out var middle)
            || !NativeLibrary.TryGetExport(library, "SHA256_Final", out var last)) return;
        update = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int>)middle;
        final = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int>)last;
        init = (delegate* unmanaged[SuppressGCTransition]<byte*, int>)first;
    }

    /// <param name="text">What is hashed.</param>
    /// <param name="hash">32 bytes, where its hash goes.</param>
    public static void Hash(ReadOnlySpan<byte> text, Span<byte> hash)
    {
        if (init is null || text.Length > MostBytes)
        {
            SHA256.HashData(text, hash);
            return;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(hash.Length, SHA256.HashSizeInBytes);
        var context = stackalloc byte[ContextBytes];
        fixed (byte* from = text, to = hash)
            if (init(context) + update(context, from, (nuint)text.Length) + final(to, context) != 3)
                throw new CryptographicException("OpenSSL did not hash.");
    }

    /// <inheritdoc cref="Hash"/>
    public static byte[] Of(ReadOnlySpan<byte> text)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        Hash(text, hash);
        return hash;
    }
}
