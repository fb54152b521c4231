using Registry.Certificates;

namespace Registry.Marks;

/// <summary>A mark as a body posts it, before anything is checked.</summary>
public sealed record MarkDraft
{
    public const int MaxText = 200;

    /// <summary>Where it is put; the scheme of the certificate must permit it.</summary>
    public Placement? Placement { get; init; }
    /// <summary>The product or the premises it is for.</summary>
    public string? Text { get; init; }
    /// <summary>GS1 GTIN of the product, 8, 12, 13 or 14 digits.</summary>
    public string? Gtin { get; init; }

    /// <summary>The statement that issues it.</summary>
    /// <param name="body">Approval number of the body that acts.</param>
    /// <param name="certificate">Id of the certificate.</param>
    /// <param name="nonce">Tells apart marks that read the same.</param>
    /// <exception cref="FaultException">Some of its fields are wrong: all of them are named.</exception>
    public IssueMark Check(string body, string certificate, string nonce)
    {
        var faults = new List<Fault>();
        if (Placement is null) faults.Add(new(Refusal.Required, "/placement"));
        var (text, refusal) = PlainText.Clean(Text, MaxText);
        if (refusal is not null) faults.Add(new(refusal, "/text", MaxText));
        else if (text is null) faults.Add(new(Refusal.Required, "/text"));
        var gtin = string.IsNullOrWhiteSpace(Gtin) ? null : Gtin.Trim();
        if (gtin is not null && !Marks.Gtin.IsValid(gtin)) faults.Add(new(Refusal.BadGtin, "/gtin"));
        if (faults.Count > 0) throw new FaultException(faults);
        return new() { Body = body, Certificate = certificate, Placement = Placement!.Value, Text = text!, Gtin = gtin, Nonce = nonce };
    }
}
