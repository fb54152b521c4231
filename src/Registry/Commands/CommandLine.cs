using System.CommandLine;
using System.CommandLine.Parsing;

namespace Registry.Commands;

/// <summary>What stands on a command line beside a command and its own options.</summary>
public static class CommandLine
{
    /// <summary>Settings of the host, which ASP.NET Core reads.</summary>
    private static readonly string[] host =
        ["urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName", "AllowedHosts"];
    /// <summary>Sections of settings that it reads; what stands in them is for it to understand.</summary>
    private static readonly string[] sections = ["Kestrel:", "Logging:"];

    private static IEnumerable<string> Options =>
        host.Concat(Settings.Names.Select(name => "Registry:" + name)).Select(name => "--" + name);

    /// <summary>Every verb, and what happens without one.</summary>
    public static RootCommand Verbs()
    {
        var root = ServeCommand.Root();
        Command[] verbs =
        [
            ServeCommand.Serve(), ServeCommand.Demo(), BodiesCommand.Make(), ImportCommand.Make(), ReportsCommand.Make(),
            RebuildCommand.Make(), VerifyCommand.Make(), CheckCommand.Make(), BackupCommand.Make(), RestoreCommand.Make(),
            CopyCommand.Make(), AcceptLossCommand.Make(), DumpCommand.Make(), MirrorCommand.Make(), WitnessCommand.Make(),
        ];
        foreach (var verb in verbs) root.Add(verb);
        return root;
    }

    /// <summary>The settings, of the arguments those that no command takes: the framework would read the path of a file as the name of a
    /// setting, and the argument after it as its value.</summary>
    public static Settings SettingsOf(ParseResult parsed) =>
        Settings.Read(WebApplication.CreateBuilder([.. parsed.UnmatchedTokens]).Configuration);

    /// <summary>Another number is refused and not silently made one of these.</summary>
    public static Option<int> Within(this Option<int> option, int least, int most)
    {
        option.Validators.Add(given =>
        {
            if (given.Tokens is [var token] && int.TryParse(token.Value, out var value) && (value < least || value > most))
                given.AddError($"{option.Name} is a number from {least} to {most}.");
        });
        return option;
    }

    /// <summary>Exit codes of what failed, and of a check that could not be made.</summary>
    public const int Failed = 1, NotChecked = 2;

    /// <summary>Exit code where a command did not come to its work: of those that check, 1 would say that something is wrong.</summary>
    public static int NotDone(ParseResult parsed) => parsed.CommandResult.Command.Name is "check" or "verify" ? NotChecked : Failed;

    /// <summary>Exit code of what was stopped by Ctrl-C or SIGTERM, as shells have it.</summary>
    public const int Stopped = 130;

    /// <summary>How long what is stopped may take to stop: half of a transaction is undone, what others wait for is answered.</summary>
    public static readonly TimeSpan StoppingTime = TimeSpan.FromSeconds(25);

    /// <summary>Runs a long work that Ctrl-C or SIGTERM stops.</summary>
    /// <param name="act">Stops by its token, and leaves nothing broken.</param>
    /// <param name="stopped">The line that says what is left, and what to do.</param>
    public static async Task<int> Interruptible(Func<Task<int>> act, string stopped)
    {
        try { return await act(); }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine((Console.IsErrorRedirected ? "" : "\n") + stopped);
            return Stopped;
        }
    }

    /// <summary>One line about the first word that nothing here reads; null when all is understood. A misspelt option that is ignored does
    /// something else than was asked for.</summary>
    public static string? Fault(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        // An option would be taken for what is missing before it: a backup into a folder of its name.
        foreach (var argument in parsed.CommandResult.Children.OfType<ArgumentResult>())
            if (argument.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } taken)
                return $"{argument.Argument.Name} is missing before {taken.Value}: see registry {command.Name} --help.";
        // A variable of the shell that is not set: a backup into the folder where somebody stands, as complete as one that is kept.
        if (parsed.CommandResult.Children.FirstOrDefault(given => given.Tokens.Any(token => token.Value.Length == 0)) is { } blank)
        {
            var name = blank is OptionResult { Option.Name: var option } ? option : ((ArgumentResult)blank).Argument.Name;
            return $"{name} is blank: see registry {command.Name} --help.";
        }
        for (var i = 0; i < parsed.UnmatchedTokens.Count; i++)
        {
            var token = parsed.UnmatchedTokens[i];
            var option = token.Split('=')[0];
            if (!option.StartsWith("--", StringComparison.Ordinal)) return NoSuch(token, command);
            if (token == "--Registry=") continue; // so tests that boot the program name the section itself
            if (!IsSetting(option[2..]))
            {
                string[] known = [.. command.Options.Select(own => own.Name), .. Options];
                return $"There is no option {option}{Nearest.Hint(option, known).En}";
            }
            if (token == option && ++i == parsed.UnmatchedTokens.Count) return $"{option} needs a value.";
        }
        return null;
    }

    private static string NoSuch(string word, Command command)
    {
        if (command.Subcommands.Count == 0) return $"“{word}” is not understood: see registry {command.Name} --help.";
        string[] known = [.. command.Subcommands.Select(one => one.Name)];
        return $"There is no command {word}{Nearest.Hint(word, known).En}";
    }

    private static bool IsSetting(string name)
    {
        const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;
        if (host.Contains(name, StringComparer.OrdinalIgnoreCase)) return true;
        if (sections.Any(section => name.StartsWith(section, AnyCase))) return true;
        return name.StartsWith(Section, AnyCase) && Settings.IsKnown(name[Section.Length..]);
    }

    private const string Section = "Registry:";
}
