namespace Registry;

/// <summary>The languages the registry answers in.</summary>
public enum Language { Zh, En }

/// <summary>One wording in both languages.</summary>
public sealed record Text(string Zh, string En)
{
    public string this[Language language] => language == Language.En ? En : Zh;
}
