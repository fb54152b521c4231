using System.Diagnostics;
using System.Reflection;

namespace Registry.Tests.Properties;

/// <summary>
/// Every parser, fed with what is nearly right: it gives what it is documented to give, or refuses as it is documented to refuse, and what
/// it takes it can write again. What made a parser answer in a new way becomes a beginning of further ones; <c>tests/fuzz/run</c> sees the
/// branches within, too, and goes on for as long as it is told. What was found once stays in <see cref="found"/>.
/// </summary>
public sealed class FuzzTests
{
    private const int Inputs = 150, MaxCorpus = 2000, Seed = 20261127;
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(20);

    /// <summary>Inputs that once broke a parser.</summary>
    private static readonly (string Parser, string Base64)[] found =
    [
        ("ImportFile.Open", "//7Bi2ZO/v8W"), // UTF-16 with U+FFFE, which does not normalise
        ("CertificateNumber.Normalise", "MDAxMTtFy5iAtjYAMrfLMjfwn5iAtjYA8J+YgLYwAA=="), // a mark that combines with the letter once what was between is gone
    ];

    [Fact]
    public void Whatever_a_parser_is_fed_it_reads_or_refuses_as_it_says()
    {
        var faults = new List<string>();
        foreach (var parser in Parsers.All)
        {
            var (mutations, corpus, seen) = (new Mutations(Seed), parser.Seeds.ToList(), new HashSet<string>());
            foreach (var seed in parser.Seeds) Try(seed);
            foreach (var (_, base64) in found.Where(one => one.Parser == parser.Name)) Try(Convert.FromBase64String(base64));
            for (var i = 0; i < Inputs; i++)
            {
                var input = mutations.Of(corpus);
                if (Try(input) && corpus.Count < MaxCorpus) corpus.Add(input);
            }

            // Whether the parser answered in a way that it had not before.
            bool Try(byte[] input)
            {
                var begun = Stopwatch.GetTimestamp();
                string outcome;
                try { outcome = parser.Feed(input); }
                catch (Exception error)
                {
                    outcome = $"{error.GetType().Name} {error.StackTrace?.Split('\n')[0]}";
                    if (seen.Add(outcome)) faults.Add($"{parser.Name}: {error.GetType().Name}: {error.Message}\n{error.StackTrace?.Split('\n')[0]}\n    {Convert.ToBase64String(input)}");
                }
                if (Stopwatch.GetElapsedTime(begun) > longest) faults.Add($"{parser.Name}: {Stopwatch.GetElapsedTime(begun)}\n    {Convert.ToBase64String(input)}");
                return seen.Add(outcome);
            }
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    [Fact]
    public void Every_parser_takes_what_is_right()
    {
        foreach (var parser in Parsers.All)
            foreach (var right in parser.Right) Assert.False(string.IsNullOrEmpty(parser.Parse(right)), parser.Name);
    }

    /// <summary>What is no reader of foreign content: words of the program itself.</summary>
    // What outcomes and the registry's own rows say is written by itself.
    private static readonly string[] notForeign = ["Outcome.Parse", "Outcomes.Parse", "KeptNewest.FromJson"];

    [Fact]
    public void Every_method_that_parses_text_or_bytes_is_fed()
    {
        string[] names = ["Parse", "FromJson", "Restore", "Decode", "Expand", "Unbundle"];
        var fed = Parsers.All.Select(parser => parser.Name.Split(' ')[0]).ToHashSet();
        var all = from type in typeof(Settings).Assembly.GetTypes()
                  where type is { IsNested: false, IsPublic: true }
                  from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                  where names.Contains(method.Name) && method.GetParameters() is [var first, ..]
                      && (first.ParameterType == typeof(string) || first.ParameterType == typeof(byte[]) || first.ParameterType == typeof(ReadOnlySpan<byte>))
                  select $"{type.Name}.{method.Name}";
        string Fed(string name) => name switch { "SearchOrders.Parse" => "SearchOrder.Parse", "Statuses.Parse" => "Status.Parse", "Reasons.Parse" => "Reason.Parse", _ => name };
        Assert.Empty(all.Distinct().Where(name => !fed.Contains(Fed(name))).Except(notForeign));
    }
}
