namespace Registry.Marks;

/// <summary>GS1 Global Trade Item Number: 8, 12, 13 or 14 digits.</summary>
public static class Gtin
{
    /// <summary>Whether it has one of the four lengths, only digits, and a check digit that agrees (GS1 General Specifications 7.9).</summary>
    public static bool IsValid(string text)
    {
        if (text.Length is not (8 or 12 or 13 or 14) || !text.All(char.IsAsciiDigit)) return false;
        // Weights 3 and 1 take turns from the right: the check digit itself weighs 1, so the sum of all is a multiple of ten.
        var sum = 0;
        for (var i = 1; i <= text.Length; i++) sum += (text[^i] - '0') * (i % 2 == 0 ? 3 : 1);
        return sum % 10 == 0;
    }
}
