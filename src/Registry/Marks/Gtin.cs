namespace Registry.Marks;

/// <summary>GS1 keys of products and documents.</summary>
public static class Gtin
{
    /// <summary>Whether it is a Global Trade Item Number: one of the four lengths, only digits, and a check digit that agrees (GS1 General
    /// Specifications 7.9).</summary>
    public static bool IsValid(string text) => text.Length is 8 or 12 or 13 or 14 && CheckDigitAgrees(text);

    /// <summary>The 14 digits that name the same item, zeros in front.</summary>
    public static string To14(string gtin) => gtin.PadLeft(14, '0');

    /// <summary>Every length in which a body may have stated the item.</summary>
    public static string[] Spellings(string gtin)
    {
        var whole = To14(gtin);
        bool Fits(int length) => whole.AsSpan(0, whole.Length - length).TrimStart('0').IsEmpty;
        return [.. lengths.Where(Fits).Select(length => whole[^length..])];
    }

    private static readonly int[] lengths = [8, 12, 13, 14];

    /// <summary>Whether it is a Global Document Type Identifier: 13 digits with their check digit and up to 17 characters of GS1's set for
    /// serials.</summary>
    public static bool IsDocument(string text) => text.Length is >= 13 and <= 30 && CheckDigitAgrees(text[..13]) && IsGs1Text(text[13..]);

    /// <summary>Whether it is of the 82 characters of GS1's texts (General Specifications, figure 7.11-1).</summary>
    public static bool IsGs1Text(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "!\"%&'()*+,-./:;<=>?_".Contains(c));

    /// <summary>The check digit that follows so many digits.</summary>
    public static char CheckDigitOf(string digits)
    {
        // Weights 3 and 1 take turns from the right, the first beside the check digit.
        var sum = 0;
        for (var i = 1; i <= digits.Length; i++) sum += (digits[^i] - '0') * (i % 2 == 1 ? 3 : 1);
        return (char)('0' + (10 - sum % 10) % 10);
    }

    private static bool CheckDigitAgrees(string digits) => digits.All(char.IsAsciiDigit) && digits[^1] == CheckDigitOf(digits[..^1]);
}
