using Registry.Certificates;
using Registry.Http;
using Registry.Marks;
using Registry.Search;

namespace Registry.Pages;

/// <summary>What a person sees. No page needs script.</summary>
public static class PageEndpoints
{
    /// <summary>No form is guarded against forgery: there is no cookie and no session; whoever has a code may use it.</summary>
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/").ExcludeFromDescription().MayBeTracked();
        pages.MapGet("/", SearchPage.Show).Asks(Work.Search).Keeps(Keeping.Never)
            .Takes([.. SearchQuery.Parameters, SearchQuery.KnownAtName]);
        pages.MapGet("/c/{id}", CertificatePages.Certificate);
        pages.MapGet("/m/{code}/print", PrintPage.Show);
        pages.MapGet("/report", ReportPages.Form);
        pages.MapPost("/report", ReportPages.Send).Asks(Work.Report).DisableAntiforgery();
        pages.MapGet("/schemes", SchemePages.All);
        pages.MapGet("/schemes/{id}", SchemePages.One);
        pages.MapGet("/about", SchemePages.About);
        pages.MapGet("/verify", VerifyPages.Empty);
        pages.MapPost("/verify", VerifyPages.Answer).Asks(Work.Verification).Keeps(Keeping.Never).DisableAntiforgery();
        pages.MapPost("/watch", WatchPages.Begin).Asks(Work.Report).Keeps(Keeping.Never).DisableAntiforgery();
        pages.MapGet("/w/{id}", WatchPages.Show);
        pages.MapPost("/w/{id}/end", WatchPages.End).Keeps(Keeping.Never).DisableAntiforgery();
        pages.MapPost("/c/{id}/answer", AnswerPages.KeepCertificate).Asks(Work.Verification).DisableAntiforgery();
        pages.MapGet("/a/{id}", AnswerPages.Show);
        pages.MapPost("/a/{id}/delete", AnswerPages.Delete).DisableAntiforgery();
        pages.MapGet("/check", CheckPages.Empty);
        pages.MapGet(CheckFile.Path, CheckFile.Get).Keeps(CheckFile.ToKeep);
        pages.MapPost("/check", CheckPages.Answer).Asks(Work.File).Keeps(Keeping.Never).DisableAntiforgery();
        pages.MapGet("/categories", Categories).Asks(Work.Search);
        pages.MapGet("/log", LogPage.Show);
        pages.MapGet("/data", DataPage.Show).WithMetadata(new NeedsNoLog());
        pages.MapGet("/problems", ProblemList);
        Page.MapAssets(pages);
        WellKnown.Map(pages);
        MapForPrograms(routes.MapGroup("/").MayBeTracked());
    }

    /// <summary>Addresses that people share and programs read, too: they are in the contract.</summary>
    private static void MapForPrograms(IEndpointRouteBuilder shared)
    {
        var inALanguage = Keeping.AskAgain with { Vary = "Accept-Language" };
        shared.MapGet("/m/{code}", MarkPages.Mark).WithTags("Marks").WithName("openMark").Keeps(Keeping.AskAgain with { Vary = "Accept" })
            .Tells("ETag").Answers<MarkView>(StatusCodes.Status200OK, 404, 422).Also("text/html");
        shared.MapGet("/c/{id}/badge.svg", Pictures.Badge).WithTags("Certificates").WithName("getBadge").Keeps(inALanguage)
            .AnswersAs("image/svg+xml", 404);
        shared.MapGet("/c/{id}/card.png", Pictures.Card).WithTags("Certificates").WithName("getCard").Keeps(inALanguage)
            .Asks(Work.File).AnswersAs("image/png", 404);
    }

    private static Task Categories(HttpContext context, Database database, IndexReader index, TimeProvider time, Settings settings)
    {
        var page = new Page(context, settings);
        var counted = database.Read(db => ReferenceStore.Categories(db, index, Day.Of(time.GetUtcNow()), null), context.RequestAborted);
        return page.Write(page.T("认证项目", "Categories"), $"""
            <h1>{page.T("认证项目目录", "The catalogue of categories")}</h1>
            {Html.Join(Catalogue.Groups.Select(group => Group(group.Name, counted.Where(one => one.Group == group.Code))))}
            """);

        Html Group(Text name, IEnumerable<CategoryCount> categories) =>
            Html.Of($"<h2>{page.T(name)}</h2><ul>{Html.Join(categories.Select(Category))}</ul>");

        Html Category(CategoryCount counted)
        {
            var name = page.T(Catalogue.CategoryOf(counted.No)!.Numbered);
            var valid = page.T($"有效 {counted.Valid}", $"{counted.Valid} valid");
            return Html.Of($"""
                <li><a href="{page.Link($"/?category={counted.No}&status=valid")}">{name}</a> <span class="soft">{valid}</span></li>
                """);
        }
    }

    private static Task ProblemList(HttpContext context, Settings settings)
    {
        var page = new Page(context, settings);
        return page.Write(page.T("错误代码", "Problems"), $"""
            <h1>{page.T("接口可能给出的错误", "Problems the API may answer")}</h1>
            <dl>{Html.Join(Refusal.All.Select(Told))}</dl>
            """);

        Html Told(Refusal refusal) => Html.Of($"""
            <dt id="{refusal.Code}"><code>{refusal.Code}</code> {Problems.StatusOf(refusal)}</dt><dd>{page.T(refusal.Message)}</dd>
            """);
    }
}
