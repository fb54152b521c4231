using System.CommandLine;
using Registry.Custody;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary>What an operator does on the command line, one file a verb. Each may run while the registry serves: the database takes one
/// writer at a time.</summary>
public static class OpenRegistry
{
    /// <summary>How long a shared log that is busy or being replaced is waited for.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    /// <summary>Opens the database that the settings name for an act on it, and closes it after.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="act">The act.</param>
    /// <param name="mayBegin">Whether a registry is made where there is none yet.</param>
    /// <returns>The exit code: 0, or 1 for what is refused; all else that fails becomes a line in <c>Program.cs</c>.</returns>
    public static Task<int> Run(ParseResult parsed, Func<Database, Task> act, bool mayBegin = false) =>
        Run(parsed, async (database, _, _) =>
        {
            await act(database);
            return 0;
        }, mayBegin: mayBegin);

    /// <inheritdoc cref="Run(ParseResult, Func{Database, Task}, bool)"/>
    public static Task<int> Run(ParseResult parsed, Func<Database, Settings, LogIdentity, Task> act) =>
        Run(parsed, async (database, settings, identity) =>
        {
            await act(database, settings, identity);
            return 0;
        });

    /// <inheritdoc cref="Run(ParseResult, Func{Database, Task}, bool)"/>
    /// <param name="parsed">The command line.</param>
    /// <param name="act">Tells the exit code.</param>
    /// <param name="isDamaged">Whether the act mends the database: then nothing in it is believed before.</param>
    /// <param name="mayBegin">Whether a registry is made where there is none yet.</param>
    public static async Task<int> Run(
        ParseResult parsed, Func<Database, Settings, LogIdentity, Task<int>> act, bool isDamaged = false, bool mayBegin = false)
    {
        try
        {
            var settings = CommandLine.SettingsOf(parsed);
            if (settings.MirrorOf is not null) throw new FaultException(Refusal.Mirror, "", settings.MirrorOf);
            if (!mayBegin) RefuseToBegin(settings);
            var identity = Opening.Identity(settings);
            using var warnings = LoggerFactory.Create(Warnings);
            await using var database = Open(settings, identity, warnings.CreateLogger<Database>(), isDamaged);
            await Opening.Level(database, patience, new ProgressBar("statements").Show, CancellationToken.None);
            var code = await act(database, settings, identity);
            if (database.Read(TreeStore.Newest) is { } newest) new Publication(settings, identity).Show(newest);
            return code;
        }
        catch (FaultException refused)
        {
            foreach (var fault in refused.Faults) Console.Error.WriteLine($"{fault.Message(Language.En)} {fault.Message(Language.Zh)}");
            return 1;
        }
    }

    /// <summary>In the wrong folder an act would begin a registry of its own, and be done in that.</summary>
    /// <exception cref="FileNotFoundException">There is neither a data file nor its key.</exception>
    internal static void RefuseToBegin(Settings settings)
    {
        if (settings.SharedLog is not null || Path.Exists(settings.DataFile) || Path.Exists(settings.KeyPath)) return;
        throw new FileNotFoundException($"No data file exists at {Path.GetFullPath(settings.DataFile)}: name it (--Registry:DataFile=…), "
            + "or begin a registry with registry serve or registry bodies add.");
    }

    private static Database Open(Settings settings, LogIdentity identity, ILogger<Database> log, bool isDamaged) => isDamaged
        ? Opening.OpenDamaged(settings, identity, TimeProvider.System, log)
        : Opening.Open(settings, identity, TimeProvider.System, log);

    private static void Warnings(ILoggingBuilder logging) => logging.AddSimpleConsole(console => console.SingleLine = true)
        .SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft", LogLevel.None);
}
