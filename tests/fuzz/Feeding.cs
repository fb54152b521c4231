using System.Diagnostics;
using System.Globalization;
using Registry.Tests.Properties;

namespace Registry.Fuzz;

/// <summary>Feeds parsers one after another with what is spoilt from what led to new branches.</summary>
internal sealed class Feeding
{
    private const int MaxCorpus = 5_000, MaxKept = 24, MaxKeptBytes = 1024, MaxTold = 5, MaxFrames = 4;

    /// <summary>Bytes that one input may make the program allocate.</summary>
    private const long MaxAllocated = 512L << 20;
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(20), lookEvery = TimeSpan.FromSeconds(1);
    private static readonly int seed = int.Parse(Environment.GetEnvironmentVariable("REGISTRY_SEED") ?? "20261127", CultureInfo.InvariantCulture);

    private readonly Branches branches;
    private readonly CurrentInput current;
    private readonly Parser parser;
    private readonly Dictionary<string, string> faults = [];
    private readonly List<byte[]> corpus;
    private static long begun;
    private long inputs;

    private Feeding(Parser parser, Branches branches, CurrentInput current)
    {
        (this.parser, this.branches, this.current) = (parser, branches, current);
        corpus = [.. parser.Seeds];
    }

    /// <summary>Feeds all or those named: 0 when none broke.</summary>
    /// <param name="seconds">For all together.</param>
    /// <param name="file">Where the input stands that is being read.</param>
    /// <param name="names">Names of parsers; none for all.</param>
    public static int Run(double seconds, string file, string[] names)
    {
        var branches = new Branches();
        using var current = new CurrentInput(file);
        using var watch = new Timer(_ => Watch(file), null, lookEvery, lookEvery);
        var all = Parsers.All.Where(parser => names.Length == 0 || names.Contains(parser.Name)).ToArray();
        if (names.FirstOrDefault(name => all.All(parser => parser.Name != name)) is { } unknown) throw new ArgumentException($"There is no parser {unknown}.");
        var (told, broken) = (0L, 0);
        foreach (var parser in all)
        {
            var feeding = new Feeding(parser, branches, current);
            feeding.Feed(seconds / all.Length);
            told += feeding.inputs;
            broken += feeding.faults.Count;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{all.Length} parsers, {told:#,0} inputs, {broken} broke one"));
        return broken == 0 ? 0 : 1;
    }

    private static void Watch(string file)
    {
        if (Volatile.Read(ref begun) is not 0 and var since && Stopwatch.GetElapsedTime(since) > longest)
        {
            Console.WriteLine($"{CurrentInput.Told(file)} (takes longer than {longest.TotalSeconds} s)");
            Environment.Exit(1);
        }
    }

    private void Feed(double seconds)
    {
        var until = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        var mutations = new Mutations(seed);
        // What is made once, at the first input, is no branch of it.
        foreach (var input in corpus) Try(input);
        branches.ForgetAll();
        foreach (var input in corpus) Try(input);
        var first = corpus.Count;
        while (Stopwatch.GetTimestamp() < until)
        {
            var input = mutations.Of(corpus);
            if (Try(input) && corpus.Count < MaxCorpus) corpus.Add(input);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{parser.Name}: {inputs:#,0} inputs, {corpus.Count - first} led to new branches beside {first} kept"));
        foreach (var fault in faults.Values.Take(MaxTold)) Console.WriteLine(fault);
        if (Environment.GetEnvironmentVariable("REGISTRY_FUZZ_KEEP") is not null) Keep();
    }

    /// <summary>Whether the input took a new branch.</summary>
    private bool Try(byte[] input)
    {
        inputs++;
        current.Set(parser.Name, input);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        branches.Begin();
        Volatile.Write(ref begun, Stopwatch.GetTimestamp());
        Exception? fault = null;
        try { parser.Feed(input); }
        catch (Exception error) { fault = error; }
        Volatile.Write(ref begun, 0);
        var isNew = branches.AreNew();
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (fault is not null) Note(string.Join(" ", fault.StackTrace?.Split('\n').Take(MaxFrames).Select(frame => frame.Trim()) ?? []), $"{fault.GetType().Name}: {fault.Message}");
        if (allocated > MaxAllocated) Note("memory", $"allocates {allocated >> 20} MB");
        return isNew;

        void Note(string kind, string what) => faults.TryAdd(kind, $"FAIL {parser.Name}: {Convert.ToBase64String(input)} ({what} {kind})");
    }

    /// <summary>Of what led to new branches the shortest that take most of them, as beginnings of the next run.</summary>
    private void Keep()
    {
        branches.ForgetAll();
        foreach (var right in parser.Right) Try(right);
        var kept = corpus.Skip(parser.Right.Length).Where(input => input.Length <= MaxKeptBytes).OrderBy(input => input.Length).Where(Try).Take(MaxKept).ToArray();
        Directory.CreateDirectory(Parser.CorpusFolder);
        if (kept.Length > 0) File.WriteAllLines(parser.CorpusFile, kept.Select(Convert.ToBase64String));
    }
}
