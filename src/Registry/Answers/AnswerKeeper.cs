using System.Data.Common;
using System.Security.Cryptography;
using Registry.Certificates;
using Registry.Custody;
using Registry.Tables;
using Registry.Transparency;
using Registry.Verification;

namespace Registry.Answers;

/// <summary>That an answer was kept: where it is, until when, and the code that deletes it, which is told this once.</summary>
/// <param name="Id">128 random bits, Crockford base32. Whoever has it can read the answer.</param>
/// <param name="Address">Its page.</param>
/// <param name="KeptUntil">The last day.</param>
/// <param name="DeletionCode">Sent in the header <c>Deletion-Code</c> it deletes the answer.</param>
/// <param name="Answer">What was signed.</param>
public sealed record AnswerReceipt(string Id, string Address, DateOnly KeptUntil, string DeletionCode, Answer Answer);

/// <summary>Reads a list and answers it, from the snapshot and at the instant that it is given.</summary>
public delegate (AskedList Asked, VerificationAnswer Answer) ListAnswer(DbConnection db, DateTimeOffset now);

/// <summary>Answers, signs and keeps; and gives what was kept, with its proofs.</summary>
public sealed class AnswerKeeper(
    Database database, LogIdentity identity, Publication publication, Settings settings, PublicAddress address, TimeProvider time)
{
    /// <summary>Answers a list, signs the answer with the log's key and keeps it.</summary>
    /// <param name="question">The day and the demands of every row.</param>
    /// <param name="answer">Answers the list.</param>
    /// <param name="language">Of the messages.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="FaultException">A mirror cannot sign; the list is too long; there is no room.</exception>
    public Task<AnswerReceipt> Keep(VerificationRequest question, ListAnswer answer, Language language, CancellationToken cancel)
    {
        var code = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        return Keep((AnswerStore.NewId(), code), question, answer, language, cancel);
    }

    /// <summary>Keeps it under an id, to be deleted by a code, that everybody knows.</summary>
    /// <inheritdoc cref="Keep(VerificationRequest, ListAnswer, Language, CancellationToken)"/>
    public async Task<AnswerReceipt> Keep(
        (string Id, string Code) told, VerificationRequest question, ListAnswer answer, Language language, CancellationToken cancel)
    {
        var signer = identity.Signer ?? throw new FaultException(Refusal.CannotSign, "", identity.Key.Name);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var (made, note, newest) = database.Read(db =>
        {
            var checkpoint = publication.Show(TreeStore.Newest(db) ?? throw new FaultException(Refusal.NoSuchEntry));
            var (asked, answered) = answer(db, now);
            var whole = Make(db, told.Id, question, asked, answered, checkpoint, language);
            var map = KeptNewest.Of(db, whole.Rows, checkpoint.Size);
            return (whole, checkpoint.Note, map is null ? null : KeptAnswer.Packed(map));
        }, cancel);
        var payload = made.ToJson();
        var kept = KeptAnswer.Of(payload, Jws.Sign(signer, payload, Jws.AnswerType), note, newest);
        var expires = Day.End(made.KeptUntil).ToUnixTimeMilliseconds();
        await database.WriteAsync(transaction =>
        {
            AnswerStore.Add(transaction, made.Id, kept, told.Code, expires);
            return 0;
        });
        return new(made.Id, made.Address, made.KeptUntil, told.Code, made);
    }

    private static AnsweredLine LineOf(AskedRow row) => new(row.Line, row.Text, row.Unused.Length == 0 ? null : row.Unused);

    private Answer Make(
        DbConnection db, string id,
        VerificationRequest question, AskedList asked, VerificationAnswer answered, PublishedCheckpoint checkpoint,
        Language language)
    {
        var (rows, statements) = AnswerSigning.Of(db, answered.Rows);
        var notes = asked.Others(language).ToArray();
        var lines = asked.Rows.Where(row => row.Text.Length > 0).Select(LineOf).ToArray();
        return new()
        {
            Id = id,
            Address = $"{address.Base}/a/{id}",
            AnsweredAt = answered.AnsweredAt,
            KeptUntil = Day.Of(answered.AnsweredAt + settings.KeepAnswers),
            Log = new(identity.Key.Name, checkpoint.Size, Convert.ToBase64String(checkpoint.Root), EntryLog.RecordedTo(db)),
            Question = question with { Rows = null, On = question.On ?? Day.Of(answered.AnsweredAt) },
            Coverage = answered.Coverage,
            Language = language == Registry.Language.En ? "en" : "zh",
            Rows = rows,
            Statements = statements,
            Lines = lines.Length == 0 ? null : lines,
            UnusedColumns = asked.UnusedColumns.Count == 0 ? null : [.. asked.UnusedColumns],
            Notes = notes.Length == 0 ? null : notes,
        };
    }

    /// <summary>What was signed.</summary>
    /// <exception cref="FaultException">There is no such answer, or no longer.</exception>
    public Answer Read(string id, CancellationToken cancel) => Kept(id, cancel).Answer;

    /// <summary>As it is kept.</summary>
    /// <inheritdoc cref="Read"/>
    public KeptAnswer Kept(string id, CancellationToken cancel) => database.Read(db => Existing(db, id), cancel);

    private KeptAnswer Existing(DbConnection db, string id) => AnswerStore.Existing(db, id, time.GetUtcNow());

    /// <summary>The file that can be checked without the registry, as a temporary one: it is whole or a problem.</summary>
    /// <inheritdoc cref="Read"/>
    public Stream File(string id, CancellationToken cancel) => database.Read(db =>
    {
        var made = KeptFile.New();
        try
        {
            File(db, Existing(db, id)).WriteTo(made);
            made.Position = 0;
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }, cancel);

    private WrittenAnswer File(DbConnection db, KeptAnswer kept)
    {
        var (answer, log) = (kept.From, Transparency.Note.Parse(kept.Note)!);
        var own = log with { Signatures = [.. log.Signatures.Where(line => line.Name == identity.Key.Name)] };
        var checkpoint = new PublishedCheckpoint { Size = answer.Log.Size, Signed = own.ToString() };
        // Witnesses may have cosigned the same checkpoint since, or one that continues it.
        var cosigned = TreeStore.NewestCosigned(db);
        var note = cosigned?.Size == checkpoint.Size ? publication.Show(cosigned).Note : kept.Note;
        var source = TreeStore.Source(db, cosigned is { } under && under.Size >= checkpoint.Size ? under : null);
        string Proof(RestingOn told)
        {
            db.NextStep();
            return (TreeStore.Prove(db, told.LogIndex, checkpoint, source) with { Checkpoint = note }).ToString();
        }
        string[] Consistency(long size) => [.. MerkleTree.ConsistencyProof(checkpoint.Size, size, source).Select(Convert.ToBase64String)];
        return new(identity.Key, kept, note, answer.Statements.Select(Proof),
            kept.Map is { } newest ? NewestProof.Of(db, newest, checkpoint.Size, source) : null,
            cosigned?.Size > checkpoint.Size ? new(publication.Show(cosigned).Note, Consistency(cosigned.Size)) : null);
    }

    /// <summary>Deletes an answer.</summary>
    /// <exception cref="FaultException">There is none, or the code is another.</exception>
    public Task Delete(string id, string code) => database.WriteAsync(transaction =>
    {
        AnswerStore.Delete(transaction, id, code);
        return 0;
    });
}
