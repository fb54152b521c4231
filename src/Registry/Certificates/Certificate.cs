using System.Text.Json.Serialization;

namespace Registry.Certificates;

/// <summary>What a body states about a certificate when it issues or corrects it. Public facts only: no score, no contact person. The order
/// of its members is that of the log; a new one comes after them.</summary>
public sealed record CertificateContent : OptionalTexts
{
    public CertificateContent() { }

    /// <summary>With the same optional texts.</summary>
    public CertificateContent(OptionalTexts texts) : base(texts) { }

    /// <summary>As the body writes it; <see cref="CertificateNumber.Normalise"/> gives the key.</summary>
    [JsonPropertyOrder(-12)]
    public required string Number { get; init; }
    [JsonPropertyOrder(-11)]
    public required Holder Holder { get; init; }
    /// <summary>The number in the national catalogue of 28 categories.</summary>
    [JsonPropertyOrder(-10)]
    public required int Category { get; init; }
    /// <summary>Code of a level of the scheme edition, such as <c>five-star</c>; null where the scheme has none.</summary>
    [JsonPropertyOrder(-8)]
    public string? Level { get; init; }
    /// <summary>认证覆盖的业务范围.</summary>
    [JsonPropertyOrder(-7)]
    public required string Scope { get; init; }
    /// <summary>Sites covered beside the holder's own address; null for none.</summary>
    [JsonPropertyOrder(-6)]
    public string[]? Sites { get; init; }
    [JsonPropertyOrder(-5)]
    public required DateOnly IssuedOn { get; init; }
    /// <summary>初次获证日期.</summary>
    [JsonPropertyOrder(-4)]
    public DateOnly? FirstIssuedOn { get; init; }
    /// <summary>The last day of validity, itself still valid.</summary>
    [JsonPropertyOrder(-3)]
    public required DateOnly ExpiresOn { get; init; }
    /// <summary>Day of the latest surveillance.</summary>
    [JsonPropertyOrder(-2)]
    public DateOnly? SurveyedOn { get; init; }
    /// <summary>Id of the certificate this one takes the place of 换证.</summary>
    [JsonPropertyOrder(-1)]
    public string? Replaces { get; init; }
}

/// <summary>获证组织.</summary>
public sealed record Holder
{
    public required string Name { get; init; }
    public string? NameEn { get; init; }
    /// <summary>Unified social credit code; foreign holders have none.</summary>
    public string? Uscc { get; init; }
    /// <summary>Six digits of GB/T 2260. A code that is not in the table is kept and shown.</summary>
    public string? Region { get; init; }
    public string? Address { get; init; }
}

/// <summary>A name that a holder bore from a day on to the day before another began; <see cref="Until"/> is that day, null while it
/// lasts.</summary>
public sealed record HeldName(string Name, DateOnly From, DateOnly? Until);

/// <summary>A suspension 暂停. A passed <see cref="Until"/> without an act stays suspended and is overdue.</summary>
public sealed record Suspension
{
    public required DateOnly On { get; init; }
    public DateOnly? Until { get; init; }
    public Reason? Reason { get; init; }
    /// <summary>Day from which it is lifted; null while it lasts.</summary>
    public DateOnly? RestoredOn { get; init; }
}

/// <summary>The end of a certificate by an act: revoked 撤销 or cancelled 注销.</summary>
public sealed record Ending
{
    public required Status As { get; init; }
    public required DateOnly On { get; init; }
    public Reason? Reason { get; init; }
    /// <summary>When the registry recorded it: it may be later than <see cref="On"/>, and both are shown.</summary>
    public DateTimeOffset? RecordedAt { get; init; }
}

/// <summary>A statement since whose recording the registry has answered as it does for a day.</summary>
/// <param name="Seq">Log index.</param>
/// <param name="RecordedAt">When it was recorded, which may be after that day.</param>
public sealed record Decider(long Seq, DateTimeOffset RecordedAt);

/// <summary>A certificate as it stands: the fold of its statements (<see cref="Lifecycle.Apply"/>).</summary>
public sealed record Certificate
{
    public required string Id { get; init; }
    /// <summary>Log index of the statement that issued it.</summary>
    public required long Seq { get; init; }
    /// <summary>Log index of the newest statement about it.</summary>
    public required long LastSeq { get; init; }
    /// <summary>The statement that decides what it is on the day asked: the newest recorded of those in effect then.</summary>
    public required Decider DecidedBy { get; init; }
    /// <summary>Approval number of the certification body.</summary>
    public required string Body { get; init; }
    public required CertificateContent Content { get; init; }
    /// <summary>Oldest first. A certificate read from its row knows only the newest; <see cref="Lifecycle.Replay"/> gives all.</summary>
    public Suspension[] Suspensions { get; init; } = [];
    public Ending? Ending { get; init; }
}
