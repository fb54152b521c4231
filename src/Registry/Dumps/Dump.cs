using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Registry.Certificates;
using Registry.Custody;
using Registry.Http;
using Registry.Search;
using Registry.Transparency;

namespace Registry.Dumps;

/// <summary>
/// Makes a dump: every certificate as the public reads it, as of one signed checkpoint and one day, as CSV, NDJSON and a SQLite file. It
/// works on a thread that gives way to all others, and at most half of the time, so that answers are as quick beside it as without it.
/// What only the operator has (keys, seeds of marks, scans, reports) is not read; codes of marks are left out.
/// </summary>
/// <param name="database">Of the registry, which may be serving.</param>
/// <param name="identity">Its log and the key that signs.</param>
/// <param name="publication">Notes the checkpoint before it leaves.</param>
/// <param name="settings">Licence, and whether the data are invented.</param>
/// <param name="time">The clock.</param>
public sealed class Dump(Database database, LogIdentity identity, Publication publication, Settings settings, TimeProvider time)
{
    private const string Csv = "certificates.csv.gz", Ndjson = "certificates.ndjson.gz", Sqlite = "certificates.db";
    private const string Schema = "schema.sql", LicenceNote = "LICENCE.txt";
    /// <summary>A member of RFC 1952 that holds nothing: the framework writes none where nothing was written to it.</summary>
    private static readonly byte[] gzipOfNothing = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private const string Gzip = "application/gzip", SqliteType = "application/vnd.sqlite3", Plain = "text/plain; charset=utf-8";

    /// <summary>Names of the files with their media types, in the order of the manifest.</summary>
    public static readonly IReadOnlyList<(string Name, string MediaType)> Contents =
        [(Csv, Gzip), (Ndjson, Gzip), (Sqlite, SqliteType), (Schema, Plain), (LicenceNote, Plain)];

    /// <summary>Bytes on the disk that a dump leaves: it may be that of the data file, and posts need room more than a dump does.</summary>
    internal long LeastFree { get; init; } = 1L << 30;

    /// <summary>A tenth of what another gets where both want the processor. With less (19 is a seventieth) a registry that has its hands
    /// full all night would never be done, and its data would grow old.</summary>
    private const int GivesWay = 10;

    /// <summary>Bytes that are hashed between two rests.</summary>
    private const int Portion = 1 << 20;

    /// <summary>Makes the dump of today.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="progress">Told the entries of the log done, and all.</param>
    /// <param name="cancel">Stops it; the folder is as it was.</param>
    /// <exception cref="IOException">It cannot be written, there is one of today, or another is being made; the folder is as it
    /// was.</exception>
    /// <exception cref="InvalidOperationException">There is nothing in the log, or no key to sign with.</exception>
    public Task<DumpManifest> Make(DumpFolder folder, Action<long, long> progress, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<DumpManifest>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            Niceness.GiveWay(GivesWay);
            try { done.SetResult(MakeHere(folder, progress, cancel)); }
            catch (OperationCanceledException) { done.SetCanceled(cancel); }
            catch (Exception error) { done.SetException(error); }
        })
        { IsBackground = true, Name = "dump" };
        thread.Start();
        return done.Task;
    }

    private DumpManifest MakeHere(DumpFolder folder, Action<long, long> progress, CancellationToken cancel)
    {
        var signer = identity.Signer ?? throw new InvalidOperationException("Only the registry itself can sign a dump.");
        var newest = database.Read(TreeStore.Newest, cancel)
            ?? throw new InvalidOperationException("The log is empty: there is nothing to dump.");
        var (checkpoint, now) = (publication.Show(newest), time.GetUtcNow());
        var (key, root) = (identity.Key, Convert.ToBase64String(checkpoint.Root));
        var log = new DumpedLog(key.Name, key.ToString(), checkpoint.Size, root, checkpoint.Note);
        var begun = new DumpManifest(Day.Of(now), now, log, 0, settings.DumpLicence, DumpManifest.ChangesAfter(log.Size), []);
        var (beside, alone) = folder.Begin(begun.Day);
        using (alone)
        {
            try
            {
                var rest = new Rest(cancel);
                var whole = begun with { Certificates = Write(beside, begun, rest, progress, cancel) };
                whole = whole with { Files = [.. Contents.Select(file => Read(beside, file.Name, file.MediaType, rest))] };
                WriteText(beside, DumpFolder.ManifestName, JsonSerializer.Serialize(whole, Json.Options) + "\n");
                var manifest = Read(beside, DumpFolder.ManifestName, "", rest);
                var sums = whole.Files.Append(manifest).Select(file => (file.Name, file.Sha256)).ToList();
                var signed = new SignedSums(log.Origin, begun.Day.ToString("O"), log.Size, log.Root, sums).Sign(signer);
                WriteText(beside, DumpFolder.SumsName, signed.ToString());
                foreach (var file in Directory.GetFiles(beside)) DurableFile.Sync(file);
                folder.Put(beside, begun.Day);
                return whole;
            }
            catch
            {
                if (Directory.Exists(beside)) Directory.Delete(beside, recursive: true);
                throw;
            }
        }
    }

    /// <summary>Writes the files, and tells how many certificates there are.</summary>
    private long Write(string beside, DumpManifest about, Rest rest, Action<long, long> progress, CancellationToken cancel)
    {
        string In(string name) => Path.Combine(beside, name);
        var (count, size) = (0L, about.Log.Size);
        WriteText(beside, Schema, DumpStore.Schema);
        WriteText(beside, LicenceNote, Licence(about));
        using var store = new DumpStore(In(Sqlite));
        using (var csv = new GZipStream(File.Create(In(Csv)), CompressionLevel.Optimal))
        using (var ndjson = new GZipStream(File.Create(In(Ndjson)), CompressionLevel.Optimal))
        {
            csv.Write(Encoding.UTF8.Preamble);
            csv.Write(Encoding.UTF8.GetBytes(Export.Header(Language.Zh)));
            foreach (var body in database.Read(db => DumpStore.Bodies(db, size), cancel)) store.Add(body);
            foreach (var (page, done) in new DumpReading(database, size, about.Day).Pages(cancel))
            {
                foreach (var certificate in page.Items)
                {
                    csv.Write(Encoding.UTF8.GetBytes(Export.Row(certificate, page, Language.Zh)));
                    ndjson.Write(JsonSerializer.SerializeToUtf8Bytes(certificate, Json.Options));
                    ndjson.WriteByte((byte)'\n');
                    store.Add(certificate);
                }
                count += page.Items.Length;
                progress(done < 0 ? size : done, size);
                LeaveRoom(beside);
                rest.Take();
            }
        }
        if (count == 0) File.WriteAllBytes(In(Ndjson), gzipOfNothing);
        store.Complete(About(about with { Certificates = count }));
        return count;
    }

    private static IEnumerable<(string, string)> About(DumpManifest about) =>
    [
        ("day", about.Day.ToString("O")), ("madeAt", DumpManifest.At(about.MadeAt)),
        ("certificates", $"{about.Certificates}"), ("licence", about.Licence),
        ("origin", about.Log.Origin), ("key", about.Log.Key), ("size", $"{about.Log.Size}"), ("root", about.Log.Root),
        ("checkpoint", about.Log.Checkpoint), ("changes", about.Changes),
    ];

    /// <exception cref="IOException">There is less than the log may need.</exception>
    private void LeaveRoom(string folder)
    {
        if (new DriveInfo(folder).AvailableFreeSpace < LeastFree)
            throw new IOException($"A dump would leave less than {LeastFree >> 20} MB on the disk of {folder}: "
                + "make room, or name another disk in Registry:Dumps.");
    }

    private static void WriteText(string folder, string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);

    private static DumpedFile Read(string folder, string name, string type, Rest rest)
    {
        using var file = File.OpenRead(Path.Combine(folder, name));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var portion = new byte[Portion];
        for (int read; (read = file.ReadAtLeast(portion, portion.Length, throwOnEndOfStream: false)) > 0; rest.Take())
            hash.AppendData(portion, 0, read);
        return new(name, type, file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private string Licence(DumpManifest about)
    {
        var notice = settings.DataFile == Settings.DemoFile ? $"\n{Settings.DemoNotice.Zh}\n{Settings.DemoNotice.En}\n" : "";
        return $"""
            {about.Log.Origin} · {about.Day:yyyy-MM-dd}
            {notice}
            许可：{about.Licence}
            注明来源（{about.Log.Origin}）与日期即可使用。状态以上述日期为准，其后的变更见 {about.Changes}；采信之前请向登记簿查询。
            不含密钥、防伪种子、扫描与举报，也不含认证标志的编码。

            Licence: {about.Licence}
            Name the source ({about.Log.Origin}) and the day. Every status is of that day;
            what was recorded since is at {about.Changes}. Ask the registry before you rely on one.
            It holds no keys, seeds, scans or reports, and no codes of marks.

            """.ReplaceLineEndings("\n");
    }

    /// <summary>Pauses until it has worked at most half of the time. What it has waited for (the processor, the disk) counts as rest:
    /// whoever had to give way need not stand back again.</summary>
    private sealed class Rest(CancellationToken cancel)
    {
        private long since = Stopwatch.GetTimestamp();
        private TimeSpan worked = Niceness.Worked;

        public void Take()
        {
            var left = 2 * (Niceness.Worked - worked) - Stopwatch.GetElapsedTime(since);
            if (left > TimeSpan.Zero) cancel.WaitHandle.WaitOne(left);
            cancel.ThrowIfCancellationRequested();
            (since, worked) = (Stopwatch.GetTimestamp(), Niceness.Worked);
        }
    }
}
