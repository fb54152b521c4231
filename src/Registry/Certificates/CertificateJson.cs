using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Certificates;

/// <summary>Writes a certificate as every answer shows it, member by member: what the serialiser finds out about each object and value
/// costs more than to write it.</summary>
public sealed class CertificateJson : JsonConverter<CertificateView>
{
    /// <summary>As the serialiser reads it: only signed answers are read again, and seldom.</summary>
    public override CertificateView Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<CertificateView>(ref reader, plain.GetValue(options, Plain)) ?? throw new JsonException("It is null.");

    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<JsonSerializerOptions, JsonSerializerOptions> plain = [];

    private static JsonSerializerOptions Plain(JsonSerializerOptions options)
    {
        var without = new JsonSerializerOptions(options);
        without.Converters.Remove(without.Converters.OfType<CertificateJson>().Single());
        return without;
    }

    public override void Write(Utf8JsonWriter json, CertificateView view, JsonSerializerOptions options)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, view.Id);
        json.WriteString("number"u8, view.Number);
        json.WriteString("status"u8, view.Status.Word());
        Text(json, "statusCode"u8, view.StatusCode);
        Date(json, "asOf"u8, view.AsOf);

        json.WriteStartObject("holder"u8);
        json.WriteString("name"u8, view.Holder.Name);
        Text(json, "nameEn"u8, view.Holder.NameEn);
        Text(json, "uscc"u8, view.Holder.Uscc);
        Text(json, "region"u8, view.Holder.Region);
        Text(json, "regionName"u8, view.Holder.RegionName);
        Text(json, "address"u8, view.Holder.Address);
        Texts(json, "formerNames"u8, view.Holder.FormerNames);
        Texts(json, "laterNames"u8, view.Holder.LaterNames);
        json.WriteEndObject();

        json.WriteStartObject("body"u8);
        json.WriteString("approvalNumber"u8, view.Body.ApprovalNumber);
        json.WriteString("name"u8, view.Body.Name);
        Text(json, "nameEn"u8, view.Body.NameEn);
        json.WriteEndObject();

        json.WriteStartObject("category"u8);
        json.WriteNumber("no"u8, view.Category.No);
        json.WriteString("group"u8, view.Category.Group);
        json.WriteString("name"u8, view.Category.Name);
        json.WriteString("nameEn"u8, view.Category.NameEn);
        json.WriteEndObject();

        foreach (var text in Fields.Texts)
            if (text.Get(view) is { } value) json.WriteString(text.Json, value);
        if (view.Level is { } level)
        {
            json.WriteStartObject("level"u8);
            json.WriteString("code"u8, level.Code);
            json.WriteString("name"u8, level.Name);
            json.WriteString("nameEn"u8, level.NameEn);
            json.WriteNumber("stars"u8, level.Stars);
            json.WriteEndObject();
        }
        json.WriteString("scope"u8, view.Scope);
        json.WriteStartArray("sites"u8);
        foreach (var site in view.Sites) json.WriteStringValue(site);
        json.WriteEndArray();
        Date(json, "issuedOn"u8, view.IssuedOn);
        Date(json, "firstIssuedOn"u8, view.FirstIssuedOn);
        Date(json, "expiresOn"u8, view.ExpiresOn);
        if (view.Suspension is { } suspension)
        {
            json.WriteStartObject("suspension"u8);
            Date(json, "on"u8, suspension.On);
            Date(json, "until"u8, suspension.Until);
            json.WriteBoolean("overdue"u8, suspension.Overdue);
            Text(json, "reason"u8, suspension.Reason?.Word());
            json.WriteEndObject();
        }
        if (view.Ended is { } ended)
        {
            json.WriteStartObject("ended"u8);
            json.WriteString("as"u8, ended.As.Word());
            Date(json, "on"u8, ended.On);
            json.WriteString("recordedAt"u8, Milliseconds.Text(ended.RecordedAt));
            Text(json, "reason"u8, ended.Reason?.Word());
            json.WriteEndObject();
        }
        Text(json, "replaces"u8, view.Replaces);
        Text(json, "replacedBy"u8, view.ReplacedBy);
        if (view.Surveillance is { } surveillance)
        {
            json.WriteStartObject("surveillance"u8);
            Date(json, "lastOn"u8, surveillance.LastOn);
            Date(json, "dueOn"u8, surveillance.DueOn);
            json.WriteBoolean("overdue"u8, surveillance.Overdue);
            json.WriteEndObject();
        }
        if (view.Today is { } today)
        {
            json.WriteStartObject("today"u8);
            json.WriteString("status"u8, today.Status.Word());
            Date(json, "since"u8, today.Since);
            json.WriteEndObject();
        }
        if (view.Ahead is { } ahead)
        {
            json.WriteStartObject("ahead"u8);
            json.WriteString("remark"u8, ahead.Remark);
            json.WriteString("remarkEn"u8, ahead.RemarkEn);
            json.WriteEndObject();
        }
        json.WriteString("recordedAt"u8, Milliseconds.Text(view.RecordedAt));
        if (view.RecordedLater is { } later) json.WriteBoolean("recordedLater"u8, later);
        json.WriteString("signedBy"u8, view.SignedBy);
        json.WriteNumber("logIndex"u8, view.LogIndex);
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, string[]? values)
    {
        if (values is null) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Date(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateOnly? value)
    {
        if (value is not { } day) return;
        Span<byte> text = stackalloc byte[10];
        day.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        json.WriteString(name, text);
    }
}
