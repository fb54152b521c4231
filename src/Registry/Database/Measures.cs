using System.Diagnostics.Metrics;

namespace Registry;

/// <summary>What the writer measures of itself; nothing is spent on it while nobody reads it (<c>Registry:Metrics</c>).</summary>
public static class Measures
{
    /// <summary>Name of the program's meter.</summary>
    public const string Name = "Registry";

    public static Meter Meter { get; } = new(Name);

    /// <summary>Seconds.</summary>
    private static readonly double[] upTo =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>From the decision to commit until the disk, or the shared log, has it.</summary>
    internal static readonly Histogram<double> CommitSeconds = Meter.CreateHistogram<double>(
        "registry.commit.duration", "s", "COMMIT of a transaction, its sync included", advice: new() { HistogramBucketBoundaries = upTo });

    internal static readonly Counter<long> Posts = Meter.CreateCounter<long>(
        "registry.posts", "{post}", "Posts that a commit has answered, refused ones among them");
}
