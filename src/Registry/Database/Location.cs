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
        foreach (var beside in (string[])["", "-wal", "-shm"]) System.IO.File.Delete(Address + beside);
    }

    public override string ToString() => Address;
}
