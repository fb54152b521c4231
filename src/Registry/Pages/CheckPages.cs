using Registry.Answers;
using Registry.Dumps;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Pages;

/// <summary>Checking a file that a registry handed out: on this server, which then has to be trusted, with the code of
/// <c>registry check</c>; and the ways that trust nobody.</summary>
public static class CheckPages
{
    /// <summary>Bytes of the largest file that is taken here. Read and proven it takes ten times as much memory; the ways offline take
    /// <see cref="AnswerFile.MaxBytes"/>.</summary>
    private const int MaxFile = 16 << 20;
    private const int MaxKey = 500;
    /// <summary>What a form may have beside its file.</summary>
    private const int BesideFile = 1 << 16;

    public static readonly Text Title = new("核对文件", "Check a file");

    private static readonly Text
        what = new("登记簿给出的文件可以随时再核对，不要账号：签名的答复（answer-….json）、单条证明（.tlog-proof）、分叉证据、数据包的清单（SHA256SUMS）。",
            "What a registry handed out can be checked again at any time, without an account: "
            + "a signed answer (answer-….json), a single proof (.tlog-proof), evidence of a fork, the sums of a dump (SHA256SUMS)."),
        choose = new("选择文件，或把它拖到这里", "Choose the file, or drop it here"),
        bounds = new($"最大 {MaxFile >> 20} MB。文件只用来核对这一次，不留存。",
            $"At most {MaxFile >> 20} MB. The file serves this one check and is not kept."),
        key = new("登记簿的日志公钥（空白为本登记簿的）", "Public key of the log (blank for this registry's)"),
        trusting = new("在这里核对，就是相信这台服务器说的话。不想相信它，请用下面不依赖它的办法：",
            "To check here is to believe what this server says. These ways do not depend on it:"),
        alone = new("下载核对页", "Download the page that checks"),
        aloneTold = new("一个文件，存到优盘里，在任何电脑的浏览器里打开；不联网，文件不离开那台电脑。",
            "one file: put it on a memory stick and open it in the browser of any computer. "
            + "It uses no network, and the file stays on that computer."),
        command = new("用命令行核对；加 --log 还能对照整个日志，看此后又登记了什么，无证书的行是否确实没有。",
            "checks on the command line; with --log it also compares with the whole log: "
            + "what was recorded since, and whether what was not found is not there."),
        compareKey = new("本登记簿的日志公钥。请与另行得知的比较：印在公告、合同或 PDF 上的，或镜像给出的。",
            "The public key of this registry's log. "
            + "Compare it with one you know otherwise: from a notice, a contract or a PDF, or from a mirror.");

    public static Task Empty(HttpContext context, Settings settings, LogIdentity identity)
    {
        var page = new Page(context, settings);
        page.Description = page.T(what);
        return Show(page, identity, Html.Of($"<h1>{page.T(Title)}</h1><p>{page.T(what)}</p>"), "");
    }

    /// <summary>What the form may have beside its file.</summary>
    private sealed record Typed(string? Key);

    public static async Task Answer(HttpContext context, Settings settings, LogIdentity identity)
    {
        var page = new Page(context, settings) { Confidential = true };
        var typed = "";
        try
        {
            if (!context.Request.HasFormContentType) throw new FaultException(Refusal.UnsupportedMedia, "", "multipart/form-data");
            SentForm.Allow(context, MaxFile + BesideFile);
            var (form, files) = await SentForm.Read<Typed>(context, MaxFile, MaxKey);
            var entered = (form.Key ?? "").Trim();
            if (entered.Length > MaxKey) throw new FaultException(Refusal.BadLogKey, "/key");
            typed = entered;
            var trusted = typed.Length == 0 ? identity.Key : LogKey(typed);
            var sent = files.Where(file => file.Length > 0).ToList();
            if (sent.Count != 1) throw new FaultException(Refusal.OneFile, "", sent.Count);
            var content = await Content(sent[0], context.RequestAborted);
            var report = DumpCheck.Alone(content, trusted) ?? new Checker(trusted).Check(content);
            await Show(page, identity, Result(page, report, sent[0].FileName, trusted), typed);
        }
        // What is no request at all is told as such, not on the form.
        catch (FaultException refused) when (!context.Response.HasStarted && refused.Faults[0].Refusal != Refusal.BadRequest)
        {
            var told = string.Join(" ", refused.Faults.Select(fault => fault.Message(page.Language)));
            var body = Html.Of($"<h1>{page.T(Title)}</h1><p class=\"note fault\" role=\"alert\">{told}</p>");
            await Show(page, identity, body, typed, Problems.StatusOf(refused.Faults[0].Refusal));
        }
    }

    private static VerifierKey LogKey(string typed) => VerifierKey.Parse(typed) is { Type: VerifierKey.Signature } parsed ? parsed
        : throw new FaultException(Refusal.BadLogKey, "/key");

    private static async Task<byte[]> Content(IFormFile file, CancellationToken cancel)
    {
        var content = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(content, cancel);
        return content;
    }

    private static Task Show(Page page, LogIdentity identity, Html body, string typed, int status = StatusCodes.Status200OK) =>
        page.Write(page.T(Title), $"{body}{Form(page, typed)}{Offline(page, identity)}", status);

    private static Html Form(Page page, string typed) => Html.Of($"""
        <form class="noprint" method="post" enctype="multipart/form-data" action="{page.Link("/check")}">
        <p><label>{page.T(choose)}<input type="file" name="file" required></label></p>
        <p class="soft">{page.T(bounds)}</p>
        <details{new Html(typed.Length > 0 ? " open" : "")}><summary>{page.T("别的登记簿的文件", "A file of another registry")}</summary>
        <p><label>{page.T(key)}
        <input name="key" maxlength="{MaxKey}" autocomplete="off" spellcheck="false" value="{typed}"></label></p></details>
        <p><button>{page.T("核对", "Check")}</button></p></form>
        """);

    private static Html Offline(Page page, LogIdentity identity) => Html.Of($"""
        <section class="noprint"><h2>{page.T("不依赖本站", "Without trusting this site")}</h2><p>{page.T(trusting)}</p>
        <ul><li><a href="{page.Link(CheckFile.Path)}" download="{CheckFile.Name}">{page.T(alone)}
        ({CheckFile.Name})</a>{page.T("：", ": ")}{page.T(aloneTold)}</li>
        <li><code>registry check answer-….json --key KEY</code> {page.T(command)}</li></ul>
        <p>{page.T(compareKey)}<br><code>{identity.Key.ToString()}</code></p></section>
        """);

    private static string ClassOf(CheckResult result) => result switch
    {
        CheckResult.Right => "valid",
        CheckResult.Wrong => "revoked",
        CheckResult.CannotTell => "suspended",
    };

    private static Html Result(Page page, CheckReport report, string file, VerifierKey trusted)
    {
        var lines = CheckWording.Lines(report).ToList();
        var heavy = lines.Where(line => line.Weight > CheckWeight.Remark);
        var (colour, answer) = (ClassOf(report.Result), page.T(CheckWording.Of(report.Result)));
        return Html.Of($"""
            <h1>{page.T(Title)}</h1>
            <div class="status {colour}" role="status"><p><b>{answer}</b>
            <span>{page.T(CheckWording.Meaning(report.Result))}</span><br><span>{file}</span></p></div>
            {Html.Join(heavy.OrderByDescending(line => line.Weight).Select(line => Heavy(page, line)))}
            <dl class="lines">{Html.Join(lines.Where(line => line.Weight <= CheckWeight.Remark).Select(line => Light(page, line)))}</dl>
            <p class="soft">{page.T("核对所用的公钥", "Checked with the key")} <code>{trusted.ToString()}</code></p>
            """);
    }

    private static Html Heavy(Page page, CheckLine line)
    {
        var fault = line.Weight == CheckWeight.Wrong ? " fault" : "";
        return Html.Of($"<p class=\"note{fault}\"><b>{page.T(line.Label)}</b>{page.T("：", ": ")}{page.T(line.Said)}</p>");
    }

    private static Html Light(Page page, CheckLine line) => Html.Of($"<dt>{page.T(line.Label)}</dt><dd>{page.T(line.Said)}</dd>");
}
