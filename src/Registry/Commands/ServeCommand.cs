using System.CommandLine;

namespace Registry.Commands;

/// <summary><c>registry serve</c>, which is also what it does without a command, and <c>registry demo</c>.</summary>
public static class ServeCommand
{
    public static Command Serve() => Serving(new Command("serve", "Serve the registry (the default)."), demo: false);

    public static Command Demo() =>
        Serving(new Command("demo", $"Serve about 5,000 invented certificates from {Settings.DemoFile}."), demo: true);

    public static RootCommand Root() =>
        Serving(new RootCommand("Registry: a public certificate registry and verification API. Without a command it serves."), demo: false);

    /// <summary>What else stands on the line is for the host, which <see cref="CommandLine.Fault"/> looks through.</summary>
    private static T Serving<T>(T command, bool demo) where T : Command
    {
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(parsed => Server.Run([.. parsed.UnmatchedTokens], demo));
        return command;
    }
}
