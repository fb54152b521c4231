using System.CommandLine;

namespace Registry.Commands;

/// <summary><c>registry witness</c>: the checkpoints of other registries, cosigned.</summary>
public static class WitnessCommand
{
    /// <summary>Time between two looks of a witness, in seconds, and the longest: a day.</summary>
    private const int UsualInterval = 60, MaxInterval = 24 * 60 * 60;

    public static Command Make()
    {
        var url = new Argument<string>("url") { Description = "Address of the registry whose log is witnessed" };
        var also = new Option<string[]>("--also")
        {
            Description = "Address of a further registry whose log is witnessed under the same key",
            DefaultValueFactory = _ => [],
        };
        var key = new Option<string[]>("--key")
        {
            Description = "Public key of each log, in the order of the addresses; left out, those shown at first sight are kept",
            DefaultValueFactory = _ => [],
        };
        var interval = new Option<int>("--interval")
        {
            Description = "Seconds between two looks of its own at each log; 0 to wait for what registries bring",
            DefaultValueFactory = _ => UsualInterval,
        }.Within(0, MaxInterval);
        var witness = new Command("witness", "Cosign the checkpoints of logs (C2SP tlog-witness).") { url, also, key, interval };
        witness.TreatUnmatchedTokensAsErrors = false;
        witness.SetAction(parsed =>
        {
            string[] urls = [parsed.GetValue(url)!, .. parsed.GetValue(also)!];
            var seconds = TimeSpan.FromSeconds(parsed.GetValue(interval));
            return WitnessServer.Serve([.. parsed.UnmatchedTokens], urls, parsed.GetValue(key)!, seconds);
        });
        return witness;
    }
}
