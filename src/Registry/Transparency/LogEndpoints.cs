using System.Data.Common;
using System.IO.Compression;
using System.Text;
using Registry.Certificates;
using Registry.Custody;
using Registry.Http;
using Registry.Statements;

namespace Registry.Transparency;

/// <summary>One statement with the proof that it is in the log.</summary>
/// <param name="LogIndex">Index in the log.</param>
/// <param name="Act">What was stated.</param>
/// <param name="SignedBy"><c>body</c>; <c>set-key</c> when by a key of the body that the registry set; <c>registry</c> on behalf of the
/// body.</param>
/// <param name="Statement">The leaf: a compact JWS.</param>
/// <param name="LeafHash">Base64 of SHA-256 over a zero byte and the leaf.</param>
/// <param name="Hashes">Base64, from the leaf's sibling to the root's child (RFC 6962 §2.1.1).</param>
/// <param name="Proof">The same as a text that stands alone (C2SP tlog-proof), with the leaf as extra data.</param>
public sealed record StatementProof(
    long LogIndex, string Act, string SignedBy, string Statement, string LeafHash, string[] Hashes, string Proof);

/// <summary>The proof of everything the registry says about a certificate.</summary>
/// <param name="Log">Public key of the log, a vkey of C2SP.</param>
/// <param name="TreeSize">Entries under the checkpoint.</param>
/// <param name="RootHash">Base64.</param>
/// <param name="Checkpoint">The signed note, with cosignatures of witnesses where there are any.</param>
/// <param name="Statements">Oldest first.</param>
public sealed record CertificateProof(string Log, long TreeSize, string RootHash, string Checkpoint, StatementProof[] Statements);

/// <summary>That the log of one size is the beginning of the log of another.</summary>
public sealed record ConsistencyAnswer(long From, long To, string FromRoot, string ToRoot, string[] Hashes);

/// <summary>The log as anybody reads it: C2SP tlog-tiles, and proofs made from them.</summary>
public static class LogEndpoints
{
    private const string Octets = "application/octet-stream", Zip = "application/zip", Text = "text/plain";
    private const string Plain = Text + "; charset=utf-8";

    public static void MapLog(this IEndpointRouteBuilder routes)
    {
        var log = routes.MapGroup("/log").WithTags("Log");
        log.MapGet("/key", GetKey).WithName("getLogKey")
            .AnswersAs(Text);
        log.MapGet("/checkpoint", GetCheckpoint).Keeps(Keeping.AskAgain).WithName("getCheckpoint")
            .AnswersAs(Text, 404);
        log.MapGet("/cosigned", GetCosigned).Keeps(Keeping.AskAgain).WithName("getCosigned")
            .AnswersAs(Text, 404);
        log.MapGet("/evidence", GetEvidence).Keeps(Keeping.AskAgain).WithName("getEvidence")
            .AnswersAs(Text, 404);
        log.MapGet("/tile/{level}/{**path}", GetTile).Keeps(Keeping.ForGood).WithName("getTile")
            .AnswersAs(Octets, 404);

        var proofs = routes.MapGroup("/v1").WithTags("Log");
        proofs.MapGet("/certificates/{id}/proof", ProofOf).Keeps(Keeping.AskAgain with { Vary = "Accept" }).WithName("getProof")
            .Also(Zip, Text).Answers<CertificateProof>(200, 400, 404);
        proofs.MapGet("/log/{index:long}/proof", ProofAt).Keeps(Keeping.AskAgain).WithName("getEntryProof")
            .AnswersAs(Text, 404);
        proofs.MapGet("/log/consistency", Consistency).Keeps(Keeping.AskAgain).WithName("getConsistency").Tells("ETag")
            .Answers<ConsistencyAnswer>(200, 422);
    }

    private static IResult GetKey(LogIdentity identity) => Results.Text($"{identity.Key}\n", Plain);

    private static IResult GetCheckpoint(HttpContext context, Database database, Publication publication) =>
        Show(publication, database.Read(TreeStore.Newest, context.RequestAborted));

    private static IResult GetCosigned(HttpContext context, Database database, Publication publication) =>
        Show(publication, database.Read(TreeStore.NewestCosigned, context.RequestAborted));

    private static IResult Show(Publication publication, PublishedCheckpoint? checkpoint) =>
        Results.Text(Shown(publication, checkpoint).Note, Plain);

    /// <summary>A checkpoint as it leaves the program.</summary>
    /// <exception cref="FaultException">There is none yet, or none that covers what was asked for.</exception>
    private static PublishedCheckpoint Shown(Publication publication, PublishedCheckpoint? checkpoint) =>
        publication.Show(checkpoint ?? throw new FaultException(Refusal.NoSuchEntry));

    private static IResult GetEvidence(IServiceProvider services)
    {
        var misbehaviour = services.GetService<Mirror>()?.Misbehaviour ?? throw new FaultException(Refusal.NoEvidence);
        return Results.Text(misbehaviour.Evidence.ToString(), Plain);
    }

    /// <summary>A tile never changes; a partial one is the beginning of the full one.</summary>
    private static async Task<IResult> GetTile(string level, string path, HttpContext context, Database database)
    {
        var none = new FaultException(Refusal.NoSuchTile);
        var tile = Tile.Parse(level, path) ?? throw none;
        var bytes = database.Read(db =>
        {
            var size = TreeStore.Newest(db)?.Size ?? 0;
            if (tile.Index > size || Tile.At(tile.Level, tile.Index, size).Width < tile.Width) throw none;
            return tile.Level == Tile.Entries
                ? Tile.Bundle(EntryLog.Leaves(db, tile.Index * Tile.FullWidth, tile.Width))
                : [.. TreeStore.Hashes(db, tile).SelectMany(hash => hash)];
        }, context.RequestAborted);
        if (tile.Level != Tile.Entries) return Results.Bytes(bytes, Octets);
        context.Response.Headers.Vary = "Accept-Encoding";
        var acceptsGzip = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        if (!acceptsGzip) return Results.Bytes(bytes, Octets);
        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.ContentType = Octets;
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(bytes, context.RequestAborted);
        return Results.Empty;
    }

    private static IResult ProofOf(string id, HttpContext context, Database database, LogIdentity identity, Publication publication)
    {
        var proof = database.Read(db => Proof(db, id, identity, publication), context.RequestAborted);
        var accept = context.Request.Headers.Accept.ToString();
        bool Accepts(string type) => accept.StartsWith(type, StringComparison.OrdinalIgnoreCase);
        if (Accepts(Zip)) return Results.Bytes(Archive(proof), Zip, $"{proof.Statements[0].LogIndex}.tlog-proofs.zip");
        // A tlog-proof is a file of its own: one after another no tool would read them.
        return Accepts(Text) && proof.Statements is [var only] ? Results.Text(only.Proof, Plain) : Results.Json(proof, Json.Options);
    }

    /// <summary>Each proof as a file, by the index of its entry. The same proofs give the same bytes.</summary>
    private static byte[] Archive(CertificateProof proof)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var statement in proof.Statements)
            {
                var entry = zip.CreateEntry($"entry-{statement.LogIndex}.tlog-proof", CompressionLevel.Fastest);
                entry.LastWriteTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var file = entry.Open();
                file.Write(Encoding.UTF8.GetBytes(statement.Proof));
            }
        return bytes.ToArray();
    }

    private static CertificateProof Proof(DbConnection db, string id, LogIdentity identity, Publication publication)
    {
        var row = CertificateStore.Existing(db, id);
        var checkpoint = Shown(publication, TreeStore.Covering(db, row.LastSeq));
        var source = TreeStore.Source(db, checkpoint);
        StatementProof[] statements = [.. EntryLog.About(db, row.Seq).Select(entry => ProofIn(db, entry, checkpoint, source))];
        return new(identity.Key.ToString(), checkpoint.Size, Convert.ToBase64String(checkpoint.Root), checkpoint.Note, statements);
    }

    private static StatementProof ProofIn(DbConnection db, Entry entry, PublishedCheckpoint checkpoint, MerkleTree.Source source)
    {
        var statement = entry.Statement;
        var proof = TreeStore.Prove(db, entry.Seq, checkpoint, source);
        var (text, hash) = (Encoding.ASCII.GetString(entry.Leaf), Convert.ToBase64String(MerkleTree.LeafHash(entry.Leaf)));
        string[] hashes = [.. proof.Hashes.Select(Convert.ToBase64String)];
        return new(entry.Seq, statement.Act, HistoryItem.SignerOf(db, entry.Leaf, statement), text, hash, hashes, proof.ToString());
    }

    private static IResult ProofAt(long index, HttpContext context, Database database, Publication publication)
    {
        InclusionProof Prove(DbConnection db) => TreeStore.Prove(db, index, Shown(publication, TreeStore.Covering(db, index)));
        return Results.Text(database.Read(Prove, context.RequestAborted).ToString(), Plain);
    }

    private static IResult Consistency(long? from, long? to, HttpContext context, Database database, Publication publication)
    {
        var answer = database.Read(db =>
        {
            var newest = Shown(publication, TreeStore.Newest(db));
            var (first, last) = (from ?? 0, to ?? newest.Size);
            var faults = new List<Fault>();
            if (last < 0 || last > newest.Size) faults.Add(new(Refusal.OutOfRange, "/to", 0, newest.Size));
            else if (first < 0 || first > last) faults.Add(new(Refusal.OutOfRange, "/from", 0, last));
            if (faults.Count > 0) throw new FaultException(faults);
            var source = TreeStore.Source(db, newest);
            string RootOf(long size) => Convert.ToBase64String(MerkleTree.Root(size, source));
            string[] hashes = [.. MerkleTree.ConsistencyProof(first, last, source).Select(Convert.ToBase64String)];
            return new ConsistencyAnswer(first, last, RootOf(first), RootOf(last), hashes);
        }, context.RequestAborted);
        return Json.Tagged(answer);
    }
}
