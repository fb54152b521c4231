// What a program does with the registry through a client that was made from the contract: nothing is cast, and every warning of the
// compiler is an error. dotnet exec client.dll ADDRESS KEY: a line for each thing done.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Registry.Client;

using var http = new HttpClient { BaseAddress = new Uri(args[0]) };
var registry = new RegistryClient(http);
using var keyed = new HttpClient { BaseAddress = new Uri(args[0]) };
keyed.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", args[1]);
var body = new RegistryClient(keyed);

// Posted with a key that makes a repeat harmless.
var draft = new CertificateDraft
{
    Number = "TYPED-CS-1",
    Holder = new HolderDraft { Name = "样例电器（演示）有限公司" },
    Category = 26,
    Level = LevelCode.FiveStar,
    Score = 96.5,
    Scope = "家用电器的销售与售后服务（演示）",
    IssuedOn = new DateOnly(2026, 3, 1),
};
CertificateView first = await body.IssueAsync(draft, idempotency_Key: "typed-cs-1");
Is(first.Id, (await body.IssueAsync(draft, idempotency_Key: "typed-cs-1")).Id);
Console.WriteLine("posted");

// Searched: what came in one answer is asked in the next question.
SearchResult found = await registry.SearchAsync(number: draft.Number, level: draft.Level, status: first.Status, issuedFrom: draft.IssuedOn,
    sort: Sort.Newest, limit: 5, facets: true);
CertificateView hit = found.Items.Single();
(Status status, int? stars, DateOnly expires) = (hit.Status, hit.Level?.Stars, hit.ExpiresOn);
Is((first.Id, Status.Valid, 5, new DateOnly(2029, 2, 28)), (hit.Id, status, stars, expires));
Is((1L, TotalRelation.Exact), (found.Total!.Value, found.Total.Relation));
Console.WriteLine("searched");

// Looked up, on a day, as it was known at an instant.
CertificateView then = await registry.GetCertificateAsync(first.Id, on: new DateOnly(2026, 5, 1), knownAt: first.RecordedAt);
Is((new DateOnly(2026, 5, 1), Signer.Registry, (DateOnly?)null), (then.AsOf, then.SignedBy, then.Suspension?.On));
Console.WriteLine("read");

// A list is verified, in JSON and as the table that somebody has.
VerificationAnswer answer = await registry.VerifyAsync(new VerificationRequest
{
    On = new DateOnly(2026, 5, 1),
    Rows = [new VerificationRow { Number = draft.Number, Name = draft.Holder.Name }, new VerificationRow { Number = "TYPED-CS-2" }],
});
Verdict[] verdicts = [.. answer.Rows];
Is((Finding.Pass, Finding.Unconfirmed), (verdicts[0].Finding, verdicts[1].Finding));
Is(true, verdicts[0].Compared!.All(one => one.Verdict == Agreement.Same));
Console.WriteLine("verified");

// An act, and the problems of those that cannot be: 422 with what is wrong, 409 with what stands against it.
var suspension = new SuspendRequest { Reason = Reason.Nonconformity, EffectiveOn = first.AsOf };
CertificateView suspended = await body.SuspendAsync(first.Id, body: suspension);
Is((Status.Suspended, first.AsOf, Reason.Nonconformity), (suspended.Status, suspended.Suspension!.On, suspended.Suspension.Reason));
Problem wrong = await Refused(422, () => body.IssueAsync(new CertificateDraft
{
    Number = "TYPED-CS-3",
    Holder = draft.Holder,
    Category = draft.Category,
    Level = LevelCode.FourStar,
    Score = draft.Score,
    Scope = draft.Scope,
    IssuedOn = draft.IssuedOn,
}));
ProblemError error = wrong.Errors!.Single();
Is((ProblemCode.InvalidRequest, "/score", ProblemCode.ScoreDisagrees), (wrong.Code, error.Pointer, error.Code));
Problem against = await Refused(409, () => body.SuspendAsync(first.Id, body: new SuspendRequest { Reason = Reason.Misuse }));
Is(409, against.Status);
Problem none = await Refused(404, () => registry.GetCertificateAsync("0000000000000"));
Is(404, none.Status);
Problem keyless = await Refused(401, () => registry.CancelAsync(first.Id, body: new RevokeRequest { Reason = Reason.HolderRequest }));
Is(ProblemCode.KeyRequired, keyless.Code);
Console.WriteLine("acted and refused");

// A file goes as it is: bytes in, bytes out.
using var table = new MemoryStream(Encoding.UTF8.GetBytes("证书编号,获证组织名称,认证项目,服务等级,认证得分,认证覆盖的业务范围,颁证日期\n"
    + "TYPED-CS-4,样例家具（演示）有限公司,26,四星级,92,办公家具的配送与维修（演示）,2026-03-01\n"));
using FileResponse imported = await body.ImportAsync(dryRun: true, file: new FileParameter(table, "rows.csv", "text/csv"));
using var lines = new StreamReader(imported.Stream);
Is(true, (await lines.ReadLineAsync())!.Contains("\"recorded\"", StringComparison.Ordinal));
Console.WriteLine("imported");

// The log: what a certificate rests on, under which checkpoint, and that the log only grew.
CertificateProof proof = await registry.GetProofAsync(first.Id);
StatementProof[] statements = [.. proof.Statements];
Is((ActWord.Issue, ActWord.Suspend, first.LogIndex), (statements[0].Act, statements[1].Act, statements[0].LogIndex));
string note = await registry.GetCheckpointAsync();
Is(true, note.Split('\n').Length > 3 && proof.TreeSize > first.LogIndex);
ConsistencyAnswer grew = await registry.GetConsistencyAsync(from: first.LogIndex, to: proof.TreeSize);
Is(true, grew.Hashes.Count > 0);
Console.WriteLine("proven");

static void Is<T>(T right, T said)
{
    if (!EqualityComparer<T>.Default.Equals(right, said)) throw new InvalidOperationException($"{said} and not {right}");
}

static async Task<Problem> Refused<T>(int status, Func<Task<T>> call)
{
    try { await call(); }
    catch (ApiException<Problem> refused)
    {
        Is(status, refused.StatusCode);
        return refused.Result;
    }
    throw new InvalidOperationException($"not refused with {status}");
}
