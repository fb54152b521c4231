namespace Registry.Certificates;

/// <summary>The unified social credit code 统一社会信用代码 of GB 32100-2015. It does not tell the holder's present region.</summary>
public static class SocialCreditCode
{
    public const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    public const int Length = 18, OrganisationLength = 9;

    /// <summary>The code in upper case and half width, or null when length, alphabet or check character is wrong.</summary>
    public static string? Parse(string text) =>
        CertificateNumber.Normalise(text) is { Length: Length } code && Check(code.AsSpan(0, Length - 1)) == code[^1] ? code : null;

    /// <summary>The nine characters of an organisation code, with or without the hyphen before the last; null when it is none.</summary>
    public static string? ParseOrganisation(string text)
    {
        var code = CertificateNumber.Normalise(text);
        if (code is { Length: OrganisationLength + 1 } && CertificateNumber.Signs.Contains(code[^2]))
            code = code.Remove(OrganisationLength - 1, 1);
        return code is { Length: OrganisationLength } && code.All(char.IsAsciiLetterOrDigit) ? code : null;
    }

    /// <summary>Positions 9 to 17: the older organisation code 组织机构代码 with its own check character.</summary>
    public static string OrganisationCode(string code) => code.Substring(8, OrganisationLength);

    /// <summary>The check character of 17 characters: (31 - sum of value x 3^(i-1) mod 31) mod 31; null outside the alphabet.</summary>
    public static char? Check(ReadOnlySpan<char> first17)
    {
        int sum = 0, weight = 1;
        foreach (var c in first17)
        {
            var value = Alphabet.IndexOf(c);
            if (value < 0) return null;
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        return Alphabet[(31 - sum % 31) % 31];
    }
}
