using Registry.Certificates;
using Registry.Verification;

namespace Registry.Pages;

/// <summary>Whether whom somebody has before them is the holder: a name or credit code typed on the page of a certificate or mark, compared
/// as lists are.</summary>
public sealed record HolderCheck
{
    private const int MaxLength = 300;
    private readonly string? typed;
    private readonly Comparison? compared;

    /// <exception cref="FaultException">It is longer than any name.</exception>
    public HolderCheck(string? typed, CertificateView view)
    {
        if (string.IsNullOrWhiteSpace(typed)) return;
        if (typed.Length > MaxLength) throw new FaultException(Refusal.TooLong, "/name", MaxLength);
        this.typed = typed.Trim();
        bool IsOrganisation(string text) => SocialCreditCode.ParseOrganisation(text)?.Any(char.IsAsciiDigit) == true;
        var isCode = SocialCreditCode.Parse(typed) is not null || PastedLine.IsCreditCode(this.typed) || IsOrganisation(typed);
        compared = Comparison.Of(isCode ? new() { Uscc = this.typed } : new() { Name = this.typed }, view)[0];
    }

    /// <summary>It is not the holder, or cannot be read: nothing on the page may look like a "valid" then.</summary>
    public bool Contradicts => compared?.Verdict is Agreement.Different or Agreement.Malformed;

    /// <summary>What the comparison gave, before anything else on the page; nothing where nothing was typed.</summary>
    public Html Told(Page page)
    {
        if (compared is null) return Html.None;
        var sentence = compared.Sentence(page.Language);
        if (!Contradicts) return Html.Of($"<p class=\"note\" role=\"status\">{sentence ?? page.T(Agrees())}</p>");
        return Html.Of($"""
            <p class="status revoked" role="alert">{CertificatePages.Icon(Status.Revoked)}<span><b>{page.T(isNot)}</b>{sentence}</span></p>
            """);
    }

    private static readonly Text isNot = new("与登记不符", "Not the holder"),
        what = new("核对名称或信用代码（合同、发票、招牌上的）", "Compare a name or credit code (on a contract, an invoice, a sign)");

    private Text Agrees()
    {
        var field = Comparison.Name(compared!.Field);
        return new($"“{typed}”与登记的{field.Zh}一致。", $"“{typed}” is the {field.En.ToLowerInvariant()} that is registered.");
    }

    /// <summary>The field to type it in.</summary>
    /// <param name="page">The page.</param>
    /// <param name="path">Of this page.</param>
    /// <param name="asked">The times that are asked of, which stay.</param>
    public Html Form(Page page, string path, AskedTime asked) => Html.Of($"""
        <form class="row noprint" method="get" action="{path}">{page.LanguageField}{Times(asked)}
        <label>{page.T(what)}<input name="name" maxlength="{MaxLength}" value="{typed}" autocomplete="off"></label>
        <button class="plain">{page.T("核对", "Compare")}</button></form>
        """);

    private static Html Times(AskedTime asked)
    {
        var on = asked.On == asked.Today ? Html.None : Html.Of($"<input type=\"hidden\" name=\"on\" value=\"{asked.On}\">");
        return asked.KnownAt is not { } instant ? on
            : Html.Of($"{on}<input type=\"hidden\" name=\"knownAt\" value=\"{Milliseconds.Text(instant)}\">");
    }
}
