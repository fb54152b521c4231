using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Dumps;
using Registry.Http;

namespace Registry.Pages;

/// <summary>Open data for people: what there is to take, how to check it, and how to stay level with it.</summary>
internal static class DataPage
{
    private static readonly Text
        title = new("开放数据", "Open data"),
        lead = new("全部证书每天夜里整理成一份数据包，任何人都可下载使用，无需登录。",
            "Every night all certificates are put into one dump, which anybody may take and use, without an account."),
        none = new("本站不提供整份数据包。", "This site publishes no dumps."),
        notYet = new("第一份数据包还没有做好，请稍后再来。", "The first dump is not made yet: come back later."),
        atOrigin = new("数据包由登记簿本身发布：", "Dumps are published by the registry itself: "),
        otherwise = new("没有数据包也能取得数据：", "The data can be had without a dump, too:"),
        export = new("把任何一次查询的结果全部导出为 CSV 或 NDJSON", "export all that a search finds as CSV or NDJSON"),
        changes = new("按登记的先后逐条读取全部声明", "read every statement in the order of recording"),
        log = new("读取并核对公开日志", "read and check the public log"),
        check = new("怎样核对", "How to check it"),
        checkWhy = new("SHA256SUMS 列出各文件的哈希，并由日志的密钥签名（C2SP 签名文本）。在下载所在的文件夹里：",
            "SHA256SUMS lists the hashes of the files and is signed by the log's key (a signed note of C2SP). "
            + "In the folder they were saved in:"),
        resume = new("文件支持断点续传（Range）。同一日期的文件永不改变；/data/latest/ 加文件名总是指向最新的一份。",
            "A download that stopped can be resumed (Range). "
            + "The files of a day never change; /data/latest/ and a file's name always lead to the newest."),
        between = new("两份之间的变更", "Changes between two dumps"),
        holds = new("里面有什么", "What it holds"),
        holdsWhat = new("每张证书一行，与网页和接口所示相同，状态以数据包的日期为准。SQLite 文件的各列见 schema.sql。不含密钥、防伪种子、扫描与举报，也不含认证标志的编码。",
            "A row for every certificate, as pages and API show it; every status is of the dump's day. "
            + "The columns of the SQLite file are in schema.sql. It holds no keys, seeds, scans or reports, and no codes of marks."),
        earlier = new("较早的数据包", "Earlier dumps");

    /// <summary>What the files are, by the beginning of their names.</summary>
    private static readonly (string Name, Text What)[] files =
    [
        ("certificates.csv.gz", new(
            "表格（CSV，UTF-8，gzip 压缩），列与导出、导入相同",
            "A table (CSV in UTF-8, gzip) in the columns of exports and imports, headed in Chinese")),
        ("certificates.ndjson.gz", new("每行一个 JSON 对象（NDJSON，gzip 压缩），与接口的答复相同", "A JSON object a line (NDJSON, gzip), as the API answers")),
        ("certificates.db", new("SQLite 数据库", "A database of SQLite")),
        ("schema.sql", new("SQLite 文件各列的说明", "What the columns of the SQLite file mean")),
        ("LICENCE.txt", new("许可", "The licence")),
    ];

    public static Task Show(HttpContext context, DumpFolder folder, Settings settings)
    {
        var page = new Page(context, settings) { Description = lead[Languages.Of(context)] };
        var days = folder.Days;
        var newest = days.Select(folder.Manifest).FirstOrDefault(manifest => manifest is not null);
        if (newest is not null) page.Head = Html.Of($"<script type=\"application/ld+json\">{new Html(Dataset(page, newest))}</script>\n");
        return page.Write(page.T(title), $"""
            <h1>{page.T(title)}</h1>
            {(newest is null ? Without(page, folder, settings) : With(page, newest, days))}
            """);
    }

    private static Html Without(Page page, DumpFolder folder, Settings settings)
    {
        var why = Html.Of($"{page.T(folder.IsSet ? notYet : none)}");
        if (!folder.IsSet && settings.MirrorOf is { } origin)
            why = Html.Of($"{page.T(atOrigin)}<a href=\"{origin.TrimEnd('/')}/data\">{origin}</a>");
        return Html.Of($"<p>{why}</p>\n<p>{page.T(otherwise)}</p>\n{Otherwise(page, "/v1/changes")}");
    }

    private static Html Otherwise(Page page, string from) => Html.Of($"""
        <ul><li><a href="/v1/certificates?format=csv">{page.T(export)}</a></li>
        <li><a href="{from}">{page.T(changes)}</a></li>
        <li><a href="{page.Link("/log")}">{page.T(log)}</a></li></ul>
        """);

    private static Html With(Page page, DumpManifest newest, IReadOnlyList<DateOnly> days) => Html.Of($"""
        <p>{page.T(lead)}</p>
        <dl><dt>{page.T("数据日期", "As of")}</dt><dd>{newest.Day}</dd>
        <dt>{page.T("证书数", "Certificates")}</dt><dd>{newest.Certificates}</dd>
        <dt>{page.T("许可", "Licence")}</dt><dd>{Licence(newest.Licence)}</dd>
        <dt>{page.T("日志条目数", "Entries of the log")}</dt><dd>{newest.Log.Size}</dd>
        <dt>{page.T("根哈希", "Root hash")}</dt><dd><code>{newest.Log.Root}</code></dd></dl>
        <h2>{page.T("文件", "Files")}</h2>
        <ul>{Html.Join(newest.Files.Select(file => File(page, newest.Day, file)))}
        <li>{Link(newest.Day, DumpFolder.ManifestName)} <span class="soft">{page.T("以上内容，供程序读取", "all of this, for programs")}</span></li>
        <li>{Link(newest.Day, DumpFolder.SumsName)} <span class="soft">{page.T("哈希与签名", "hashes and signature")}</span></li></ul>
        <p class="soft small">{page.T(resume)}</p>
        <h2>{page.T(check)}</h2>
        <p>{page.T(checkWhy)}</p>
        <pre><code>sha256sum --check --ignore-missing SHA256SUMS
        registry check SHA256SUMS --key '{newest.Log.Key}'</code></pre>
        <p>{page.T("清单本身也可以在网页上核对：", "The sums alone are checked on a page, too: ")}<a href="{page.Link("/check")}">{page.T(
            CheckPages.Title)}</a></p>
        <h2>{page.T(between)}</h2>
        <p>{page.T($"第 {newest.Log.Size} 条起登记的内容：", $"What was recorded from entry {newest.Log.Size} on: ")}
        <a href="{newest.Changes}"><code>{newest.Changes}</code></a></p>
        <h2>{page.T(holds)}</h2>
        <p>{page.T(holdsWhat)}</p>
        {Earlier(page, days.Where(day => day != newest.Day).ToList())}
        """);

    private static Html Link(DateOnly day, string name) => Html.Of($"<a href=\"/data/{day}/{name}\">{name}</a>");

    private static Html File(Page page, DateOnly day, DumpedFile file)
    {
        var what = files.FirstOrDefault(known => known.Name == file.Name).What;
        var bytes = file.Bytes.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture);
        var told = what is null ? Html.None : Html.Of($"<br>{page.T(what)}");
        return Html.Of($"""
            <li>{Link(day, file.Name)} · {bytes} {page.T("字节", "bytes")}{told}
            <br><span class="soft small">SHA-256 <code>{file.Sha256}</code></span></li>
            """);
    }

    private static Html Licence(string licence)
    {
        var isAddress = Uri.TryCreate(licence, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps;
        return isAddress ? Html.Of($"<a href=\"{licence}\">{licence}</a>") : Html.Of($"{licence}");
    }

    private static Html Earlier(Page page, List<DateOnly> days) => days.Count == 0 ? Html.None : Html.Of($"""
        <h2>{page.T(earlier)}</h2>
        <ul>{Html.Join(days.Select(day => Html.Of($"<li><a href=\"/data/{day}/{DumpFolder.ManifestName}\">{day}</a></li>")))}</ul>
        """);

    /// <summary>What search engines for data read (schema.org).</summary>
    private static string Dataset(Page page, DumpManifest newest) => new JsonObject
    {
        ["@context"] = "https://schema.org",
        ["@type"] = "Dataset",
        ["name"] = page.T("认证证书登记簿", "Certificate registry"),
        ["description"] = page.T(lead),
        ["url"] = page.Base + "/data",
        ["license"] = newest.Licence,
        ["dateModified"] = newest.Day.ToString("O"),
        ["isAccessibleForFree"] = true,
        ["distribution"] = new JsonArray([.. newest.Files.Select(file => new JsonObject
        {
            ["@type"] = "DataDownload",
            ["contentUrl"] = $"{page.Base}/data/{newest.Day:O}/{file.Name}",
            ["encodingFormat"] = file.MediaType.Split(';')[0],
            ["contentSize"] = $"{file.Bytes} B",
            ["sha256"] = file.Sha256,
        })]),
    }.ToJsonString(inPage);

    /// <summary>What stands in a page is written so that nothing in it ends the block.</summary>
    private static readonly JsonSerializerOptions inPage = new();
}
