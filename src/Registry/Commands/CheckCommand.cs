using System.CommandLine;
using System.Data.Common;
using Registry.Answers;
using Registry.Dumps;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary><c>registry check</c>: a file that a registry handed out, checked without it.</summary>
public static class CheckCommand
{
    private const int Together = 1024;
    /// <summary>Width of what stands before a line.</summary>
    private const int Labels = 12;

    private const string About = "Check an answer, a proof, evidence or a dump offline, with the log's public key alone. "
        + "Exit code 0: right, 1: wrong, 2: cannot tell.";

    public static Command Make()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "A signed answer, an inclusion proof (C2SP tlog-proof), evidence of a fork, "
                + "or SHA256SUMS of a dump beside its files",
        }.AcceptExistingOnly();
        var key = new Option<string?>("--key")
        {
            Description = "Public key of the log, as it is known otherwise; left out, the one of the settings, or the one that --log shows",
        };
        var policy = VerifyCommand.Policy();
        var log = new Option<string?>("--log")
        {
            Description = "Compare with a log: address of the registry or of a mirror, or a data file. "
                + "Says whether a statement was left out, and what was recorded since",
        };
        var check = new Command("check", About) { file, key, policy, log };
        check.SetAction(async (parsed, cancel) =>
        {
            try
            {
                var where = parsed.GetValue(log);
                // A key that is given needs no settings, and reading them starts half of the server.
                var trusted = parsed.GetValue(key) is { } given ? VerifyCommand.LogKey(given)
                    : await VerifyCommand.KeyOf(null, where, CommandLine.SettingsOf(parsed), cancel);
                var quorum = parsed.GetValue(policy) is { } named ? WitnessPolicy.Load(named) : null;
                return (int)await Check(parsed.GetValue(file)!, trusted, quorum, where, cancel);
            }
            catch (Exception error) when (CannotCheck(error))
            {
                Console.Error.WriteLine($"It could not be checked: {Trouble.Line(error)}");
                return (int)CheckResult.CannotTell;
            }
        });
        return check;
    }

    private static bool CannotCheck(Exception error) =>
        error is HttpRequestException or IOException or InvalidDataException or DbException or UnauthorizedAccessException;

    private static async Task<CheckResult> Check(
        FileInfo file, VerifierKey? trusted, WitnessPolicy? policy, string? log, CancellationToken cancel)
    {
        if (file.Length > AnswerFile.MaxBytes)
            throw new InvalidDataException($"{file.FullName} is larger than {AnswerFile.MaxBytes} bytes.");
        var report = DumpCheck.Of(file, trusted)
            ?? new Checker(trusted, policy).Check(await File.ReadAllBytesAsync(file.FullName, cancel));
        if (log is not null && trusted is not null && report is { Answer: { } answer, Under: { } under })
            await Compare(report, answer, under.Note, trusted, log, cancel);
        Tell(report);
        return report.Result;
    }

    private static async Task Compare(CheckReport report, Answer answer, Note note, VerifierKey key, string log, CancellationToken cancel)
    {
        var scan = new LogScan(answer, report);
        if (VerifyCommand.IsUrl(log)) await Url(report, answer, note, key, scan, log, cancel);
        else Stored(report, answer, note, key, scan, log);
        scan.End();
    }

    private static async Task Url(
        CheckReport report, Answer answer, Note note, VerifierKey key, LogScan scan, string url, CancellationToken cancel)
    {
        using var log = new RemoteLog(url);
        var (checkpoint, shown) = await log.CheckpointAsync(key, cancel);
        var tree = new RemoteTree(log, checkpoint, shown);
        var bar = new ProgressBar("entries");
        for (long bundle = 0; bundle * Tile.FullWidth < checkpoint.Size; bundle++)
        {
            foreach (var leaf in await tree.Entries(bundle, cancel)) scan.Read(leaf);
            bar.Show(scan.Size, checkpoint.Size);
        }
        bar.Done();
        if (!Forked(answer, scan)) return;
        if (checkpoint.Size == answer.Log.Size)
        {
            Accuse(report, key, note, shown, null, null);
            return;
        }
        var (root, proof) = await tree.Beginning(answer.Log.Size, cancel);
        Accuse(report, key, note, shown, root, proof);
    }

    private static void Stored(CheckReport report, Answer answer, Note note, VerifierKey key, LogScan scan, string file)
    {
        using var db = Location.File(file).OpenReadOnly();
        var newest = TreeStore.Newest(db) ?? throw new InvalidDataException($"{file} holds no checkpoint.");
        if (Checkpoint.Open(newest.Note, key, skipBroken: true) is not { } signed)
            throw new InvalidDataException($"The checkpoint of {file} is not signed by that key.");
        var entries = EntryLog.Portions(db, 0, Together).SelectMany(portion => portion);
        foreach (var entry in entries.TakeWhile(_ => scan.Size < newest.Size)) scan.Read(entry.Leaf);
        if (!scan.Root.AsSpan().SequenceEqual(newest.Root))
            throw new InvalidDataException($"The entries of {file} do not give the root of its checkpoint.");
        if (!Forked(answer, scan)) return;
        var isLarger = newest.Size > answer.Log.Size;
        var proof = isLarger ? MerkleTree.ConsistencyProof(answer.Log.Size, newest.Size, TreeStore.Source(db)) : null;
        Accuse(report, key, note, signed.Note, isLarger ? scan.AnsweredRoot : null, proof);
    }

    private static bool Forked(Answer answer, LogScan scan) =>
        scan.AnsweredRoot is { } root && Convert.ToBase64String(root) != answer.Log.Root;

    private static readonly Text isForked = new(
        "该公钥签署了两个不同的日志：答复所据的日志不是这一个。证据附后。",
        "That key signed two logs: the one that the answer was read from is not this one. The evidence follows.");

    private static void Accuse(CheckReport report, VerifierKey key, Note answered, Note shown, byte[]? root, IReadOnlyList<byte[]>? proof)
    {
        report.Fork = Evidence.Fork(key, answered, shown, root, proof);
        report.IsWrong(isForked);
    }

    private static void Tell(CheckReport report)
    {
        foreach (var (weight, label, said) in CheckWording.Lines(report))
            Console.WriteLine(weight == CheckWeight.Told ? $"{label.En,-Labels} {said.En}" : $"{label.En}: {said.En}");
        if (report.Fork is { } evidence) Console.WriteLine(evidence.ToString());
        Console.WriteLine(CheckWording.Of(report.Result).En);
    }
}
