using System.Globalization;
using System.Text;

namespace Registry.Transparency;

/// <summary>
/// A log as plain files in a folder, to be carried anywhere: its leaves, a line each, in files of 65,536 that are only added to; and the
/// newest checkpoint over them. Every line is a signed statement and every checkpoint is signed, so nothing of it has to be believed.
/// </summary>
/// <remarks>Crash order: the lines are on the disk before the checkpoint over them is. So lines beyond the checkpoint, and half of a line,
/// are what a crash leaves.</remarks>
public sealed class ShippedLog : IDisposable
{
    /// <summary>Leaves in a file.</summary>
    private const long PerFile = 65_536;
    private const byte EndOfLine = (byte)'\n';

    private const string About = """
        The log of a registry, shipped as it is recorded: entries-N holds the signed statements from entry N on, a line each (compact JWS),
        checkpoint what the log's key signed over them. With the log's key, and a backup for what the log does not hold (API keys, seeds of
        marks, counts of scans, reports):
          registry restore BACKUP --shipped THIS-FOLDER

        """;

    private readonly FileStream held;
    private FileStream? file;

    /// <summary>Opens a folder to add to it, and makes it when it is absent.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <exception cref="IOException">It cannot be written, or another process ships to it.</exception>
    public ShippedLog(string folder)
    {
        Folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(Folder);
        held = new(Path.Combine(Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var about = Path.Combine(Folder, "README.txt");
        if (!File.Exists(about)) DurableFile.Write(about, About);
    }

    public string Folder { get; }

    /// <summary>Leaves that are on the disk.</summary>
    public long Size { get; private set; }

    /// <summary>Goes on after so many leaves; half of a line after them is cut off.</summary>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public void GoOn(long size)
    {
        Size = size;
        file?.Dispose();
        file = OpenFile(size);
        file.SetLength(LengthOf(file, size % PerFile) ?? throw Lacks(file.Name, size));
        file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Adds leaves, and returns when they are on the disk.</summary>
    public void Add(IEnumerable<byte[]> leaves)
    {
        foreach (var leaf in leaves)
        {
            if (Size % PerFile == 0 && Size > 0) NextFile();
            file!.Write(leaf);
            file.WriteByte(EndOfLine);
            Size++;
        }
        file!.Flush(flushToDisk: true);
    }

    /// <summary>Puts a checkpoint over what is on the disk.</summary>
    public void Seal(string note) => DurableFile.Write(Path.Combine(Folder, CheckpointName), note);

    private void NextFile()
    {
        file!.Flush(flushToDisk: true);
        file.Dispose();
        file = OpenFile(Size);
    }

    private FileStream OpenFile(long size)
    {
        var path = Path.Combine(Folder, NameOf(size / PerFile));
        var isNew = !File.Exists(path);
        var opened = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (isNew) DurableFile.SyncFolder(Folder);
        return opened;
    }

    /// <summary>Bytes of so many lines; null where there are fewer.</summary>
    private static long? LengthOf(FileStream file, long lines)
    {
        if (lines == 0) return 0;
        var (buffer, at) = (new byte[1 << 16], 0L);
        file.Seek(0, SeekOrigin.Begin);
        for (int read; (read = file.Read(buffer)) > 0; at += read)
            for (var i = 0; i < read; i++)
                if (buffer[i] == EndOfLine && --lines == 0) return at + i + 1;
        return null;
    }

    public void Dispose()
    {
        file?.Dispose();
        held.Dispose();
    }

    // ---- reading

    private const string CheckpointName = "checkpoint";

    private static string NameOf(long number) => string.Create(CultureInfo.InvariantCulture, $"entries-{number * PerFile:000000000000}");

    private static InvalidDataException Lacks(string file, long size) =>
        new($"{file} holds fewer lines than the checkpoint over {size} entries beside it covers: it is damaged.");

    /// <summary>Whether a folder holds a shipped log.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, NameOf(0)));

    /// <summary>The newest checkpoint in a folder; null before the first.</summary>
    public static string? CheckpointIn(string folder)
    {
        var file = Path.Combine(folder, CheckpointName);
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }

    /// <summary>Leaves from one on, in order. Half of a line at the very end is none.</summary>
    /// <exception cref="InvalidDataException">Lines are missing between those of two files.</exception>
    public static IEnumerable<byte[]> Leaves(string folder, long from)
    {
        for (var number = from / PerFile; File.Exists(Path.Combine(folder, NameOf(number))); number++)
        {
            var (at, end) = (number * PerFile, (number + 1) * PerFile);
            using var file = new FileStream(Path.Combine(folder, NameOf(number)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            foreach (var line in Lines(file))
                if (at++ >= from) yield return line;
            if (at < end && File.Exists(Path.Combine(folder, NameOf(number + 1)))) throw Lacks(file.Name, end);
        }
    }

    private static IEnumerable<byte[]> Lines(Stream file)
    {
        using var reader = new StreamReader(file, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16);
        var line = new StringBuilder();
        var buffer = new char[1 << 16];
        for (int read; (read = reader.ReadBlock(buffer)) > 0;)
            for (var from = 0; from < read;)
            {
                var end = buffer.AsSpan(from, read - from).IndexOf('\n');
                line.Append(buffer, from, end < 0 ? read - from : end);
                if (end < 0) break;
                if (line.Length > EntryLog.MaxLeaf)
                    throw new InvalidDataException($"A line of {EntryLog.MaxLeaf} bytes and more is no entry.");
                yield return Encoding.Latin1.GetBytes(line.ToString());
                line.Clear();
                from += end + 1;
            }
    }
}
