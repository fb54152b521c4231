namespace Registry.Marks;

/// <summary>GS1 Global Trade Item Number: 8, 12, 13 or 14 digits, the last a check digit.</summary>
public static class Gtin
{
    /// <summary>From the right, weights 3 and 1 by turns; the sum with the check digit is a multiple of ten (GS1 General Specifications 7.9).</summary>
    public static bool IsValid(string text)
    {
        if (text.Length is not (8 or 12 or 13 or 14) || !text.All(char.IsAsciiDigit)) return false;
        var sum = 0;
        for (var i = 0; i < text.Length; i++) sum += (text[^(i + 1)] - '0') * (i % 2 == 0 ? 1 : 3);
        return sum % 10 == 0;
    }
}
