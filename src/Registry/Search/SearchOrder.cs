using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Registry.Search;

/// <summary>The order of hits.</summary>
public enum SearchOrder
{
    /// <summary>Those that bear exactly what was typed, then the newest: by log index, descending.</summary>
    Newest,
    /// <summary>Whose last day of validity is first; of one day the newest first.</summary>
    Expires,
    /// <summary>Whose last day of validity is last; of one day the newest first.</summary>
    ExpiresLast,
    /// <summary>By the folded name that the holder bears now, in the order of code points (the same everywhere, unlike that of a language);
    /// of one name the oldest first.</summary>
    Holder,
}

/// <summary>The words of orders.</summary>
public static class SearchOrders
{
    /// <summary>What <c>sort=</c> takes, and how it is told to people.</summary>
    public static readonly (string Word, SearchOrder Order, Text Name)[] All =
    [
        ("newest", SearchOrder.Newest, new("最新登记在前", "Newest first")),
        ("expires", SearchOrder.Expires, new("先到期的在前", "First to expire first")),
        ("-expires", SearchOrder.ExpiresLast, new("后到期的在前", "Last to expire first")),
        ("holder", SearchOrder.Holder, new("按组织名称", "By holder's name")),
    ];

    public static SearchOrder? Parse(string word)
    {
        foreach (var known in All)
            if (known.Word == word) return known.Order;
        return null;
    }
}

/// <summary> Where the next page begins: behind the last hit that was told, by what the order goes by as it was told. What comes in or
/// changes meanwhile stands before or behind that place and moves no other, so nothing that stays as it is comes twice or is left out.
/// </summary>
/// <param name="Order">Of the pages.</param>
/// <param name="Seq">Log index of that hit.</param>
public sealed record Cursor(SearchOrder Order, long Seq)
{
    /// <summary>Of the longest name.</summary>
    public const int MaxText = 1200;

    /// <summary>It was among the exact hits, which come first (<see cref="SearchOrder.Newest"/>).</summary>
    public bool Exact { get; init; }
    /// <summary>Its last day of validity, as <see cref="Facts.NumberOf"/>.</summary>
    public ushort Day { get; init; }
    /// <summary>Its holder's folded name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Before the first hit.</summary>
    public static Cursor Start(SearchOrder order) => order switch
    {
        SearchOrder.Expires => new(order, long.MaxValue),
        SearchOrder.ExpiresLast => new(order, long.MaxValue) { Day = ushort.MaxValue },
        SearchOrder.Holder => new(order, -1),
        _ => new(order, long.MaxValue) { Exact = true },
    };

    // The first letter tells the order; the newest are a number alone, as they were when there was no other order.
    private const char ExactMark = 'x', ExpiresMark = 'e', ExpiresLastMark = 'l', HolderMark = 'h', Part = '.';

    public override string ToString() => Order switch
    {
        SearchOrder.Expires => $"{ExpiresMark}{Day}{Part}{Seq}",
        SearchOrder.ExpiresLast => $"{ExpiresLastMark}{Day}{Part}{Seq}",
        SearchOrder.Holder => $"{HolderMark}{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Name))}{Part}{Seq}",
        _ => Exact ? $"{ExactMark}{Seq}" : $"{Seq}",
    };

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static Cursor? Parse(string text)
    {
        var part = text.IndexOf(Part);
        var isExact = part < 0 && text.StartsWith(ExactMark);
        if (!long.TryParse(text.AsSpan(isExact ? 1 : part + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var seq)) return null;
        if (part < 0) return new(SearchOrder.Newest, seq) { Exact = isExact };
        if (part == 0) return null;
        var key = text.AsSpan(1, part - 1);
        switch (text[0])
        {
            case ExpiresMark or ExpiresLastMark:
                if (!ushort.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var day)) return null;
                return new(text[0] == ExpiresMark ? SearchOrder.Expires : SearchOrder.ExpiresLast, seq) { Day = day };
            case HolderMark when Base64Url.IsValid(key):
                return new(SearchOrder.Holder, seq) { Name = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(key)) };
            default:
                return null;
        }
    }
}
