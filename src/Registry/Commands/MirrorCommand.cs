using System.CommandLine;
using Registry.Custody;

namespace Registry.Commands;

/// <summary><c>registry mirror</c>: another registry, followed and served.</summary>
public static class MirrorCommand
{
    public static Command Make()
    {
        var url = new Argument<string>("url") { Description = "Address of the registry, or of another mirror of it" };
        var key = new Option<string?>("--key") { Description = "Public key of the log; left out, the one shown at first sight is kept" };
        var policy = new Option<string?>("--policy")
        {
            Description = "A file of C2SP tlog-policy: follow only what its quorum of witnesses has cosigned",
        };
        var mirror = new Command("mirror", "Follow another registry by its log, verify everything, and serve all reads.")
        {
            url,
            key,
            policy,
        };
        mirror.TreatUnmatchedTokensAsErrors = false;
        mirror.SetAction(parsed =>
        {
            var settings = CommandLine.SettingsOf(parsed) with { MirrorOf = parsed.GetValue(url) };
            if (parsed.GetValue(key) is { } given) Opening.Identity(settings, VerifyCommand.LogKey(given));
            string[] policyFile = parsed.GetValue(policy) is { } file ? [$"--Registry:Policy={file}"] : [];
            return Server.Run([.. parsed.UnmatchedTokens, $"--Registry:MirrorOf={parsed.GetValue(url)}", .. policyFile], demo: false);
        });
        return mirror;
    }
}
