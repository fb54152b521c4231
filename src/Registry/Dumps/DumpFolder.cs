using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Registry.Certificates;

namespace Registry.Dumps;

/// <summary>
/// Where dumps lie, a folder each by its day. One is made in a folder beside and renamed when all of it is on the disk, so what has a day
/// for its name is whole, and never changes.
/// </summary>
/// <param name="path">Of the folder; null where this registry publishes no dumps.</param>
public sealed class DumpFolder(string? path)
{
    public const string ManifestName = "manifest.json", SumsName = "SHA256SUMS";

    /// <summary>Beginnings of names of what is being made, and of what is being taken away.</summary>
    private const string Making = ".making-", Gone = ".gone-";
    private const string Json = "application/json", Plain = "text/plain; charset=utf-8";

    /// <summary>A dump that was read: its files by name, the manifest and the sums among them.</summary>
    private sealed record Kept(DumpManifest Manifest, IReadOnlyDictionary<string, DumpedFile> Files);

    private readonly ConcurrentDictionary<DateOnly, Kept> known = [];

    public bool IsSet => path is not null;

    /// <summary>The full path.</summary>
    /// <exception cref="InvalidOperationException">None is set.</exception>
    public string Path => System.IO.Path.GetFullPath(path ?? throw new InvalidOperationException("There is no folder for dumps."));

    /// <summary>Of the dumps that are there, the newest first.</summary>
    public IReadOnlyList<DateOnly> Days
    {
        get
        {
            if (!IsSet || !Directory.Exists(Path)) return [];
            var names = Directory.EnumerateDirectories(Path).Select(folder => System.IO.Path.GetFileName(folder));
            return [.. names.Select(DayOf).OfType<DateOnly>().OrderDescending()];
        }
    }

    private static DateOnly? DayOf(string name) => Day.Parse(name) is { } day && Name(day) == name ? day : null;

    private static string Name(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    private string FolderOf(DateOnly day) => System.IO.Path.Combine(Path, Name(day));

    /// <summary>What the dump of a day is; null when there is none, or it cannot be read.</summary>
    public DumpManifest? Manifest(DateOnly day) => Of(day)?.Manifest;

    /// <summary>A file of the dump of a day, and where it lies; null when there is none.</summary>
    public (DumpedFile File, string Path)? Find(DateOnly day, string name)
    {
        if (Of(day)?.Files.GetValueOrDefault(name) is not { } file) return null;
        var place = System.IO.Path.Combine(FolderOf(day), file.Name);
        return new FileInfo(place) is { Exists: true } there && there.Length == file.Bytes ? (file, place) : null;
    }

    private Kept? Of(DateOnly day)
    {
        if (!IsSet || !Directory.Exists(FolderOf(day))) return null;
        if (known.TryGetValue(day, out var kept)) return kept;
        try
        {
            var manifest = File.ReadAllBytes(System.IO.Path.Combine(FolderOf(day), ManifestName));
            var sums = File.ReadAllBytes(System.IO.Path.Combine(FolderOf(day), SumsName));
            if (JsonSerializer.Deserialize<DumpManifest>(manifest, Http.Json.Options) is not { } read) return null;
            DumpedFile[] files = [.. read.Files, Small(ManifestName, Json, manifest), Small(SumsName, Plain, sums)];
            return known[day] = new(read, files.ToDictionary(file => file.Name));
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException) { return null; }
    }

    private static DumpedFile Small(string name, string type, byte[] content) =>
        new(name, type, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>Begins the dump of a day, alone; what one that was killed has left is taken away.</summary>
    /// <returns>The folder to make it in, and what keeps others from it.</returns>
    /// <exception cref="IOException">It cannot be written to, the dump of that day is there, or another is being made.</exception>
    internal (string Beside, IDisposable Alone) Begin(DateOnly day)
    {
        Directory.CreateDirectory(Path);
        var place = Location.File(System.IO.Path.Combine(Path, "dump"));
        var alone = place.Alone("making", $"Another dump is being made in {Path}: wait until it is done.");
        try
        {
            if (Directory.Exists(FolderOf(day)))
                throw new IOException($"The dump of {Name(day)} is in {Path} already, and a dump never changes.");
            foreach (var left in Directory.EnumerateDirectories(Path, ".*").Where(IsLeft).ToList()) Directory.Delete(left, recursive: true);
            var beside = System.IO.Path.Combine(Path, Making + Name(day));
            Directory.CreateDirectory(beside);
            return (beside, alone);
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    private static bool IsLeft(string folder) => System.IO.Path.GetFileName(folder) is var name
        && (name.StartsWith(Making, StringComparison.Ordinal) || name.StartsWith(Gone, StringComparison.Ordinal));

    /// <summary>Gives a dump that is whole its name.</summary>
    internal void Put(string beside, DateOnly day)
    {
        DurableFile.SyncFolder(beside);
        Directory.Move(beside, FolderOf(day));
        DurableFile.SyncFolder(Path);
    }

    /// <summary>Takes away what is older than a day, but never the newest. Whoever is reading a file reads it to its end.</summary>
    internal void Forget(DateOnly before)
    {
        foreach (var day in Days.Skip(1).Where(day => day < before))
        {
            var gone = System.IO.Path.Combine(Path, Gone + Name(day));
            Directory.Move(FolderOf(day), gone);
            known.TryRemove(day, out _);
            Directory.Delete(gone, recursive: true);
        }
    }
}
