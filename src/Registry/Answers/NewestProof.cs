using System.Data.Common;
using System.Text;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>What the map says of one certificate of an answer.</summary>
/// <param name="Id">The certificate.</param>
/// <param name="Bucket">Base64 of the entries that are hashed with its own, each of 15 bytes: id, index of the newest statement, how many
/// there are.</param>
/// <param name="Hashes">Base64 of the hashes beside the way from there to the root, the lowest first.</param>
public sealed record NewestOf(string Id, string Bucket, string[] Hashes)
{
    /// <summary>Null when it has not the form of a proof.</summary>
    public MapProof? Parse()
    {
        var (bucket, hashes) = (Base64.Decode(Bucket), Hashes.Select(Base64.Decode).ToList());
        return bucket is null || hashes.Contains(null) || Identifier.Parse(Id) != Id ? null : new(Identifier.Bits(Id), bucket, hashes!);
    }
}

/// <summary>The map as it covered the log when an answer was given.</summary>
/// <param name="Size">Entries of the log that it covers.</param>
/// <param name="Certificates">What it says of each certificate of the answer.</param>
public sealed record KeptNewest(long Size, NewestOf[] Certificates)
{
    /// <summary>Of the certificates that some row names; null where no entry after what the map covers bears its root, or too many entries
    /// came since: all of them would have to be shown.</summary>
    public static KeptNewest? Of(DbConnection db, IEnumerable<Verdict> rows, long size)
    {
        var map = NewestStatements.Read(db);
        if (map is null || size - map.Size > NewestProof.MostEntries) return null;
        var ids = rows.Select(row => row.Certificate?.Id).OfType<string>().Distinct();
        return new(map.Size, [.. ids.Select(Told)]);

        NewestOf Told(string id)
        {
            db.NextStep();
            var proof = map.Prove(db, Identifier.Bits(id));
            return new(id, Convert.ToBase64String(proof.Bucket), [.. proof.Hashes.Select(Convert.ToBase64String)]);
        }
    }
}

/// <summary>
/// What shows that the statements of an answer are all that the log holds about its certificates: the root of the map, which an entry of
/// the log bears, over everything before that entry; what the map says of each certificate; and the entries from there to the end of the
/// log that was signed, each in full.
/// </summary>
/// <param name="Size">Entries that the map covers: the first of <paramref name="Entries"/> bears its root.</param>
/// <param name="Hashes">Base64 of the full subtrees of which the tree over so many entries is made (RFC 6962 §2.1), the largest
/// first.</param>
/// <param name="Entries">The entries from there on, as they were signed.</param>
/// <param name="Certificates">What the map says of each certificate of the answer.</param>
public sealed record NewestProof(long Size, string[] Hashes, string[] Entries, NewestOf[] Certificates)
{
    /// <summary>Entries that are shown in full: those of a commit, mostly one.</summary>
    public const int MostEntries = 1_024;

    public static NewestProof Of(DbConnection db, KeptNewest kept, long size, MerkleTree.Source source)
    {
        var edge = new Edge(kept.Size, TreeStore.EdgeAt(kept.Size, source));
        var entries = EntryLog.Leaves(db, kept.Size, (int)(size - kept.Size)).Select(Encoding.ASCII.GetString);
        return new(kept.Size, [.. edge.Subtrees.Select(one => Convert.ToBase64String(one.Hash))], [.. entries], kept.Certificates);
    }
}

/// <summary>Checks it, with nothing but the checkpoint that it stands under.</summary>
/// <param name="newest">What the file holds.</param>
/// <param name="answer">The answer.</param>
/// <param name="statements">Its statements that are proven to be in the log.</param>
public sealed class NewestCheck(NewestProof newest, Answer answer, IReadOnlyDictionary<long, ShownStatement> statements)
{
    private static readonly Text
        notTheEnd = new(
            "为证明没有遗漏而附的各条，不是所签署日志的末尾。",
            "The entries that are to show that none was left out are not the end of the log that was signed."),
        noRoot = new(
            "其首条未载登记簿所签的最新声明映射之根。",
            "The first of them does not bear the registry's root of the map to newest statements.");

    private readonly List<(long Seq, byte[] Leaf, Statement? Statement)> end = [];
    private byte[] root = [];

    /// <summary>Certificates about which nothing was left out.</summary>
    public int Shown { get; private set; }

    /// <summary>What is wrong; nothing where it shows what it should.</summary>
    public IEnumerable<Text> Faults(Checkpoint checkpoint)
    {
        if (FaultOfEnd(checkpoint) is { } fault)
        {
            yield return fault;
            yield break;
        }
        var told = newest.Certificates.DistinctBy(one => one.Id).ToDictionary(one => one.Id);
        var rows = answer.Rows.Where(row => row.Certificate is not null).ToLookup(row => row.Certificate!.Id);
        foreach (var of in rows)
            if (FaultOf(of.Key, told.GetValueOrDefault(of.Key), of) is { } wrong) yield return wrong;
            else Shown++;
    }

    private Text? FaultOfEnd(Checkpoint checkpoint)
    {
        var hashes = newest.Hashes.Select(Base64.Decode).ToList();
        if (hashes.Exists(hash => hash?.Length != MerkleTree.HashSize)) return notTheEnd;
        if (Edge.Parse(newest.Size, hashes.SelectMany(hash => hash!).ToArray()) is not { } edge) return notTheEnd;
        foreach (var leaf in newest.Entries.Select(Encoding.UTF8.GetBytes))
        {
            end.Add((edge.Size, leaf, ReadLeaf.StatementOf(leaf)));
            edge.Append(MerkleTree.LeafHash(leaf));
        }
        if (edge.Size != checkpoint.Size || !edge.Root.AsSpan().SequenceEqual(checkpoint.Root)) return notTheEnd;
        if (end is not [(_, _, { OnBehalf: not null, Map: { } map }), ..] || Base64.Decode(map) is not { } borne) return noRoot;
        root = borne;
        return null;
    }

    private Text? FaultOf(string id, NewestOf? told, IEnumerable<Verdict> rows)
    {
        if (told?.Parse() is not { } proof || proof.Root()?.AsSpan().SequenceEqual(root) != true)
            return new($"文件没有证明映射里关于证书 {id} 的内容。", $"The file does not show what the map says of the certificate {id}.");
        var since = end.Where(one => AnswerReplay.IsAbout(one.Leaf, one.Statement, id)).Select(one => one.Seq);
        foreach (var row in rows)
        {
            bool IsAbout(long seq) => statements.TryGetValue(seq, out var shown) && AnswerReplay.IsAbout(shown, id);
            var about = (row.RestsOn ?? []).Where(IsAbout).Order();
            var known = about.Where(seq => seq < newest.Size).ToList();
            var (newestSeq, count) = proof.Entry is { } entry ? (entry.Newest, entry.Count) : (-1, 0);
            var isWhole = known.LastOrDefault(-1) == newestSeq && Math.Min(known.Count, MapEntry.MostCounted) == count;
            if (!isWhole || !about.Where(seq => seq >= newest.Size).SequenceEqual(since))
                return new(
                    $"第 {row.Row} 行：关于证书 {id}，日志里另有声明，答复没有列出。",
                    $"Row {row.Row}: the log holds statements about the certificate {id} that the answer leaves out.");
        }
        return null;
    }
}
