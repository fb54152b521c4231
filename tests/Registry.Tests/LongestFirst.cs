using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Registry.Tests.LongestFirst))]

namespace Registry.Tests;

/// <summary>Classes run beside each other, twice as many as there are processors, because many wait for other programs: those that take longest
/// begin first, so that none of them is left alone at the end. (A class's tests run one after another.)</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>By the last part of their names, the longest first.</summary>
    private static readonly string[] longest =
        ["nodes", "MirrorTests", "IndexTests", "AuditTests", "Gs1Tests", "BackupTests", "DamageTests", "RoundTripTests", "ImportFileTests", "ParametersTests", "MannersTests", "RebuildTests"];

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections) where T : ITestCollection =>
        [.. testCollections.OrderBy(collection => Place(collection.TestCollectionDisplayName))];

    /// <param name="name">Such as "nodes", or "Test collection for Registry.Tests.Custody.AuditTests (id: …)".</param>
    private static int Place(string name)
    {
        var at = Array.FindIndex(longest, one => name == one || name.Contains($".{one} "));
        return at < 0 ? longest.Length : at;
    }
}
