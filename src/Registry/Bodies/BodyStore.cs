using System.Data.Common;
using Dapper;
using Registry.Certificates;

namespace Registry.Bodies;

/// <summary>An admitted certification body 认证机构.</summary>
/// <param name="Seq">Log index of its admission.</param>
/// <param name="View">Its number and names.</param>
/// <param name="OwnSignatureAt">From which entry on its own signature alone counts; null where what is recorded on its behalf counts
/// too.</param>
public sealed record Body(long Seq, BodyView View, long? OwnSignatureAt);

/// <summary>SQL of bodies.</summary>
public static class BodyStore
{
    /// <summary>Bodies that the writer's transaction has asked for, by approval number.</summary>
    private sealed class Known : Dictionary<string, Body>;

    /// <summary>Every admitted body, in the order of admission.</summary>
    public static List<BodyView> All(DbConnection db) =>
        [.. db.Query<(string Number, string Name, string? NameEn)>("SELECT approval_number, name, name_en FROM body ORDER BY seq")
            .Select(body => new BodyView(body.Number, body.Name, body.NameEn))];

    /// <summary>The body of an approval number; null when it is not admitted.</summary>
    public static Body? Find(Transaction transaction, string approvalNumber)
    {
        var known = transaction.Memory.Here<Known>();
        if (known.TryGetValue(approvalNumber, out var body)) return body;
        const string Query = "SELECT seq, name, name_en, own_signature_at FROM body WHERE approval_number = @number";
        body = transaction.Connection.Ask(Query, Read, approvalNumber);
        if (body is not null) known[approvalNumber] = body;
        return body;

        Body Read(DbDataReader row)
        {
            var view = new BodyView(approvalNumber, row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2));
            return new(row.GetInt64(0), view, row.IsDBNull(3) ? null : row.GetInt64(3));
        }
    }

    /// <summary>Log index of the admission of a body.</summary>
    public static long AdmissionOf(DbConnection db, string approvalNumber) =>
        db.Ask("SELECT seq FROM body WHERE approval_number = @number", row => row.GetInt64(0), approvalNumber);

    /// <summary>From which entry on a body's own signature alone counts; null where what is recorded on its behalf counts too.</summary>
    public static long? OwnSignatureAt(DbConnection db, string body) =>
        db.ExecuteScalar<long?>("SELECT own_signature_at FROM body WHERE approval_number = @body", new { body });

    /// <summary>Writes an admission.</summary>
    public static void Add(DbConnection db, long seq, Admit admit) => db.Execute(
        "INSERT INTO body (seq, approval_number, name, name_en, rules) VALUES (@seq, @Body, @Name, @NameEn, @Rules)",
        new { seq, admit.Body, admit.Name, admit.NameEn, admit.Rules });

    /// <summary>Writes that a body's own signature alone counts.</summary>
    public static void OwnSignatureOnly(Transaction transaction, long seq, OwnSignatureOnly only)
    {
        const string Query = "UPDATE body SET own_signature_at = @seq WHERE approval_number = @Body AND own_signature_at IS NULL";
        transaction.Connection.Execute(Query, new { only.Body, seq });
        transaction.Memory.Here<Known>().Remove(only.Body);
    }
}
