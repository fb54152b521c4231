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
public sealed record StatementProof(long LogIndex, string Act, string SignedBy, string Statement, string LeafHash, string[] Hashes, string Proof);

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
    private const string Octets = "application/octet-stream", Zip = "application/zip", Plain = "text/plain; charset=utf-8";

    public static void MapLog(this IEndpointRouteBuilder routes)
    {
        var log = routes.MapGroup("/log").WithTags("Log");
        log.MapGet("/key", (LogIdentity identity) => Results.Text($"{identity.Key}\n", Plain)).WithName("getLogKey").WithSummary("Public key of the log, a vkey of C2SP").Answers<string>("text/plain");
        log.MapGet("/checkpoint", GetCheckpoint).Keeps(Keeping.AskAgain).WithName("getCheckpoint").WithSummary("The newest checkpoint, a signed note of C2SP").Answers<string>("text/plain", 404);
        log.MapGet("/cosigned", GetCosigned).Keeps(Keeping.AskAgain).WithName("getCosigned").WithSummary("The newest checkpoint that witnesses have cosigned, which may be a little older").Answers<string>("text/plain", 404);
        log.MapGet("/evidence", GetEvidence).Keeps(Keeping.AskAgain).WithName("getEvidence").WithSummary("On a mirror whose origin signed what no honest log signs: what proves it to anybody who has the log's key").Answers<string>("text/plain", 404);
        log.MapGet("/tile/{level}/{**path}", GetTile).Keeps(Keeping.ForGood).WithName("getTile").WithSummary("A tile of hashes, or with level `entries` a bundle of statements (C2SP tlog-tiles)").Answers<byte[]>(Octets, 404);

        var proofs = routes.MapGroup("/v1").WithTags("Log");
        proofs.MapGet("/certificates/{id}/proof", ProofOf).Keeps(Keeping.AskAgain with { Vary = "Accept" }).WithName("getProof").WithSummary("For each statement about a certificate, the proof that it is in the log: JSON; with Accept: application/zip an archive of C2SP tlog-proof files; with text/plain that one file, where there is one statement").Answers<CertificateProof>(200, 400, 404);
        proofs.MapGet("/log/{index:long}/proof", ProofAt).Keeps(Keeping.AskAgain).WithName("getEntryProof").WithSummary("The proof of one entry as a text that stands alone (C2SP tlog-proof)").Answers<string>("text/plain", 404);
        proofs.MapGet("/log/consistency", Consistency).Keeps(Keeping.AskAgain).WithName("getConsistency").WithSummary("That the log of one size is the beginning of the log of another (RFC 6962 §2.1.2)").Answers<ConsistencyAnswer>(200, 422);
    }

    private static IResult GetCheckpoint(HttpContext context, Database database, Publication publication)
    {
        var checkpoint = database.Read(TreeStore.Newest, context.RequestAborted) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry));
        return Results.Text(publication.Show(checkpoint).Note, Plain);
    }

    private static IResult GetCosigned(HttpContext context, Database database, Publication publication)
    {
        var checkpoint = database.Read(TreeStore.NewestCosigned, context.RequestAborted) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry));
        return Results.Text(publication.Show(checkpoint).Note, Plain);
    }

    private static IResult GetEvidence(IServiceProvider services)
    {
        var misbehaviour = services.GetService<Mirror>()?.Misbehaviour ?? throw new FaultException(new Fault(Refusal.NoEvidence));
        return Results.Text(misbehaviour.Evidence.ToString(), Plain);
    }

    /// <summary>A tile never changes; a partial one is the beginning of the full one.</summary>
    private static async Task<IResult> GetTile(string level, string path, HttpContext context, Database database)
    {
        var none = new FaultException(new Fault(Refusal.NoSuchTile));
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
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase)) return Results.Bytes(bytes, Octets);
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
        if (accept.StartsWith(Zip, StringComparison.OrdinalIgnoreCase)) return Results.Bytes(Archive(proof), Zip, $"{proof.Statements[0].LogIndex}.tlog-proofs.zip");
        // A tlog-proof is a file of its own: one after another no tool would read them.
        return accept.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) && proof.Statements is [var only] ? Results.Text(only.Proof, Plain) : Results.Json(proof, Json.Options);
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

    private static CertificateProof Proof(System.Data.Common.DbConnection db, string id, LogIdentity identity, Publication publication)
    {
        var row = CertificateStore.Existing(db, id);
        var checkpoint = publication.Show(TreeStore.Covering(db, row.LastSeq) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry)));
        var source = TreeStore.Source(db, checkpoint);
        return new(identity.Key.ToString(), checkpoint.Size, Convert.ToBase64String(checkpoint.Root), checkpoint.Note, [.. EntryLog.About(db, row.Seq).Select(entry =>
        {
            var statement = entry.Statement;
            var proof = TreeStore.Prove(db, entry.Seq, checkpoint, source);
            return new StatementProof(entry.Seq, statement.Act, HistoryItem.SignerOf(db, entry.Leaf, statement),
                Encoding.ASCII.GetString(entry.Leaf), Convert.ToBase64String(MerkleTree.LeafHash(entry.Leaf)), [.. proof.Hashes.Select(Convert.ToBase64String)], proof.ToString());
        })]);
    }

    private static IResult ProofAt(long index, HttpContext context, Database database, Publication publication)
    {
        return Results.Text(database.Read(db => TreeStore.Prove(db, index, publication.Show(TreeStore.Covering(db, index) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry)))), context.RequestAborted).ToString(), Plain);
    }

    private static IResult Consistency(long? from, long? to, HttpContext context, Database database, Publication publication)
    {
        var answer = database.Read(db =>
        {
            var newest = publication.Show(TreeStore.Newest(db) ?? throw new FaultException(new Fault(Refusal.NoSuchEntry)));
            var (first, last) = (from ?? 0, to ?? newest.Size);
            var faults = new List<Fault>();
            if (last < 0 || last > newest.Size) faults.Add(new(Refusal.OutOfRange, "/to", 0, newest.Size));
            else if (first < 0 || first > last) faults.Add(new(Refusal.OutOfRange, "/from", 0, last));
            if (faults.Count > 0) throw new FaultException(faults);
            var source = TreeStore.Source(db, newest);
            return new ConsistencyAnswer(first, last, Convert.ToBase64String(MerkleTree.Root(first, source)), Convert.ToBase64String(MerkleTree.Root(last, source)),
                [.. MerkleTree.ConsistencyProof(first, last, source).Select(Convert.ToBase64String)]);
        }, context.RequestAborted);
        return Results.Json(answer, Json.Options);
    }

    /// <summary>Content of another type than JSON, and the statuses of problems.</summary>
    private static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, string contentType, params int[] problems)
    {
        route.Produces<T>(200, contentType);
        foreach (var problem in (int[])[.. problems, 503]) route.Produces<Problem>(problem, "application/problem+json");
        return route;
    }
}
