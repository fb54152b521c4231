using Registry.Transparency;

namespace Registry.Certificates;

/// <summary>The log keeps bytes; what they state is read here.</summary>
public static class Entries
{
    extension(Entry entry)
    {
        /// <summary>The statement it holds, with the instant it was recorded.</summary>
        public Statement Statement =>
            Statement.FromJson(Jws.PayloadOf(entry.Leaf)) with { RecordedAt = DateTimeOffset.FromUnixTimeMilliseconds(entry.RecordedAt) };
    }
}
