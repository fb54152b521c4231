using System.IO.Compression;

namespace Registry.Tables;

/// <summary>Temporary files, so that what is sent can be read twice. Nobody else can open one, and it goes with its stream.</summary>
public static class KeptFile
{
    private const int CopyBytes = 1 << 16;

    /// <summary>Keeps what is sent, unpacked where it is gzip.</summary>
    /// <exception cref="FaultException">There is more than <paramref name="maxBytes"/>, or it claims to be gzip and is not.</exception>
    public static async Task<FileStream> Of(Stream sent, long maxBytes, CancellationToken cancel)
    {
        var kept = New();
        try
        {
            await Copy(sent, kept, maxBytes, cancel);
            if (!TextFile.IsGzip(kept)) return kept;
            var unpacked = await Unpacked(kept, maxBytes, cancel);
            await kept.DisposeAsync();
            return unpacked;
        }
        catch
        {
            await kept.DisposeAsync();
            throw;
        }
    }

    /// <summary>Keeps the content of a file in gzip.</summary>
    /// <exception cref="FaultException">There is more than <paramref name="maxBytes"/>, or it is broken.</exception>
    public static async Task<FileStream> Unpacked(Stream packed, long maxBytes, CancellationToken cancel)
    {
        var unpacked = New();
        try
        {
            await using var gzip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
            await Copy(gzip, unpacked, maxBytes, cancel);
            return unpacked;
        }
        catch (Exception error)
        {
            await unpacked.DisposeAsync();
            if (error is InvalidDataException) throw new FaultException(Refusal.BadRequest);
            throw;
        }
    }

    /// <summary>A new, empty one.</summary>
    public static FileStream New()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(Path.Combine(Path.GetTempPath(), $"registry-{Guid.NewGuid():N}"), options);
    }

    private static async Task Copy(Stream from, FileStream to, long maxBytes, CancellationToken cancel)
    {
        var buffer = new byte[CopyBytes];
        long all = 0;
        for (int read; (read = await from.ReadAsync(buffer, cancel)) > 0;)
        {
            if ((all += read) > maxBytes) throw new FaultException(Refusal.TooLarge, "", maxBytes);
            await to.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
        to.Position = 0;
    }
}
