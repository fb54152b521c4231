using Registry.Certificates;

namespace Registry.Marks;

/// <summary>A mark as a body posts it, before anything is checked.</summary>
public sealed record MarkDraft
{
    public const int MaxText = 200, MaxRun = 50;

    /// <summary>Where it is put; the scheme of the certificate must permit it.</summary>
    public Placement? Placement { get; init; }
    /// <summary>The product or the premises it is for, in words that let a buyer compare.</summary>
    public string? Text { get; init; }
    /// <summary>GS1 GTIN of the product, 8, 12, 13 or 14 digits.</summary>
    public string? Gtin { get; init; }
    /// <summary>GS1 GDTI of the document, 13 digits and up to 17 characters.</summary>
    public string? Gdti { get; init; }
    /// <summary>Label of the print run: a run with a mark of its own can be withdrawn alone.</summary>
    public string? Run { get; init; }
    /// <summary>Of a serialised mark the number of items, 1 to 1,000,000, each with a code of its own; left out, one design is printed any
    /// number of times.</summary>
    public int? Items { get; init; }

    /// <summary>The statement that issues it.</summary>
    /// <param name="body">Approval number of the body that acts.</param>
    /// <param name="certificate">Id of the certificate.</param>
    /// <param name="nonce">Tells apart marks that read the same.</param>
    /// <param name="seed">What the items' codes derive from; used when it is serialised.</param>
    /// <exception cref="FaultException">Some of its fields are wrong: all of them are named.</exception>
    public IssueMark Check(string body, string certificate, string nonce, byte[] seed)
    {
        var faults = new List<Fault>();
        if (Placement is null) faults.Add(new(Refusal.Required, "/placement"));
        var (text, refusal) = PlainText.Clean(Text, MaxText);
        if (refusal is not null) faults.Add(new(refusal, "/text", MaxText));
        else if (text is null) faults.Add(new(Refusal.Required, "/text"));
        var (run, badRun) = PlainText.Clean(Run, MaxRun);
        if (badRun is not null) faults.Add(new(badRun, "/run", MaxRun));
        var gtin = string.IsNullOrWhiteSpace(Gtin) ? null : Gtin.Trim();
        if (gtin is not null && !Marks.Gtin.IsValid(gtin)) faults.Add(new(Refusal.BadGtin, "/gtin"));
        var gdti = string.IsNullOrWhiteSpace(Gdti) ? null : Gdti.Trim();
        if (gdti is not null && !Marks.Gtin.IsDocument(gdti)) faults.Add(new(Refusal.BadGdti, "/gdti"));
        if (Items is < 1 or > ItemCode.MaxItems) faults.Add(new(Refusal.OutOfRange, "/items", 1, ItemCode.MaxItems));
        if (faults.Count > 0) throw new FaultException(faults);
        return new()
        {
            Body = body,
            Certificate = certificate,
            Placement = Placement!.Value,
            Text = text!,
            Gtin = gtin,
            Gdti = gdti,
            Run = run,
            Items = Items,
            SeedHash = Items is null ? null : ItemCode.HashOf(seed),
            Nonce = nonce,
        };
    }
}
