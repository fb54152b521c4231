using System.Data.Common;

namespace Registry;

/// <summary>Where a registry's tables are: its data file.</summary>
/// <param name="Address">The full path.</param>
public sealed record Location(string Address)
{
    /// <summary>A data file; made when it is opened to write and absent.</summary>
    public static Location File(string path) => new(Path.GetFullPath(path));

    /// <inheritdoc cref="Sqlite.OpenReadOnly"/>
    public DbConnection OpenReadOnly() => Sqlite.OpenReadOnly(Address);

    /// <summary>Whether a registry was made there before. An empty file holds nothing: a power cut may have left it.</summary>
    public bool IsMade => new FileInfo(Address) is { Exists: true, Length: > 0 };

    /// <summary>Takes the file away, with what SQLite keeps beside it.</summary>
    internal void Delete()
    {
        foreach (var file in Files) System.IO.File.Delete(file);
    }

    /// <summary>The file, and what SQLite keeps beside it.</summary>
    internal IEnumerable<string> Files => [Address, Address + "-wal", Address + "-shm"];

    /// <summary>Whether both are one file, though links lead to it by other names.</summary>
    public bool IsSameAs(Location other) => Real(Address) == Real(other.Address);

    private static string Real(string path)
    {
        if (Path.GetDirectoryName(path) is not { } folder) return path;
        var here = Path.Combine(Real(folder), Path.GetFileName(path));
        var file = new FileInfo(here);
        return file.LinkTarget is null ? here : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>Keeps others from the same long work on this file until it is disposed.</summary>
    /// <param name="work">Names the work in the lock's own name.</param>
    /// <param name="taken">What is said where another process is at it.</param>
    /// <exception cref="IOException">Another process is at it.</exception>
    internal IDisposable Alone(string work, string taken)
    {
        var file = $"{Address}.{work}.lock";
        try { return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose); }
        catch (IOException) { throw new IOException(taken); }
    }

    public override string ToString() => Address;
}
